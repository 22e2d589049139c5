# The image of every Airflow component in production: Airflow's own image, our pinned dependencies, our code. Holds no secret.
FROM apache/airflow:3.3.2-python3.11

# A Chinese font that PDF reports of evidence packs embed.
USER root
RUN apt-get update && apt-get install --yes --no-install-recommends fonts-droid-fallback && rm -rf /var/lib/apt/lists/*
USER airflow

COPY requirements.txt requirements-production.txt /tmp/
RUN pip install --no-cache-dir --require-hashes --requirement /tmp/requirements.txt --requirement /tmp/requirements-production.txt

COPY --chown=airflow:0 dags /opt/airflow/dags
COPY --chown=airflow:0 plugins /opt/airflow/plugins
COPY --chown=airflow:0 include /opt/airflow/include
COPY --chown=airflow:0 migrations /opt/airflow/migrations

# Compiled here once, not by every process of every container.
RUN python -m compileall -q /opt/airflow/dags /opt/airflow/plugins

# A named volume takes its owner from the folder it is mounted over.
RUN mkdir -p /opt/airflow/instance /opt/airflow/logs

ENV PYTHONPATH=/opt/airflow/plugins \
    RISKREVIEW_HOME=/opt/airflow/instance \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/airflow/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/opt/airflow/plugins \
    AIRFLOW__CORE__LOAD_EXAMPLES=False
