# robasync as a container job: docker build -t robasync .
#
# All state lies below /data: input (may be mounted read-only), output, checkpoints. Moved to another
# machine with that volume, it goes on where it was. Nothing else is written but /tmp.
ARG PYTHON=3.13

FROM python:${PYTHON}-slim-bookworm AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY requirements requirements
COPY scripts/image scripts/image
COPY examples/trials examples/trials
COPY robasync robasync
RUN scripts/image /opt/robasync

FROM python:${PYTHON}-slim-bookworm
RUN useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin robasync \
    && install --directory --owner=robasync --group=robasync /data /data/input /data/output /data/checkpoints
COPY --from=build /opt/robasync /opt/robasync
COPY settings/container.json /etc/robasync/settings.json
ENV PATH=/opt/robasync/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MALLOC_ARENA_MAX=2
VOLUME /data
WORKDIR /data
USER 10001:10001
STOPSIGNAL SIGTERM
EXPOSE 8800
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s --retries=3 \
    CMD ["python", "-c", "import urllib.request as web; web.urlopen('http://127.0.0.1:8800/healthz', timeout=4)"]
# Exec form: signals reach robasync itself, which ends within its grace (grace_seconds).
ENTRYPOINT ["robasync"]
CMD ["run", "--resume", "auto", "-c", "/etc/robasync/settings.json", "--log-format", "json", "--http", "127.0.0.1:8800"]
