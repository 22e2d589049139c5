"""Composes the rooms into stages and the loop, and runs them on Airflow. Holds no business rule."""
