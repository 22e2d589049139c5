# Stands in for apache/airflow:3.3.2-python3.11: its user, folders, environment and entrypoint; Airflow itself comes with our requirements.
FROM riskreview-base:bookworm
RUN useradd --uid 50000 --gid 0 --create-home airflow \
    && python3 -m venv /home/airflow/.local \
    && mkdir -p /opt/airflow/dags /opt/airflow/plugins /opt/airflow/logs \
    && chown -R airflow:0 /home/airflow /opt/airflow && chmod -R g=u /home/airflow /opt/airflow
COPY certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY airflow-entrypoint.sh /entrypoint
RUN chmod 755 /entrypoint
ENV AIRFLOW_HOME=/opt/airflow \
    VIRTUAL_ENV=/home/airflow/.local \
    PATH=/home/airflow/.local/bin:/usr/local/bin:/usr/bin:/bin \
    PIP_CERT=/etc/ssl/certs/ca-certificates.crt \
    PYTHONUNBUFFERED=1 \
    LANG=C.UTF-8 \
    DUMB_INIT_SETSID=1
WORKDIR /opt/airflow
USER 50000
# As new as in the image it stands in for: Debian's pip does not find the hash of a package that somebody asks for with extras.
RUN pip install --no-cache-dir "pip>=25"
EXPOSE 8080
ENTRYPOINT ["/usr/bin/dumb-init", "--", "/entrypoint"]
CMD []
