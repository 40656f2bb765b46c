# Malmoi as a container: built from the locks, run without rights, its collection in the volume /data.
#   docker build -t malmoi .
#   docker run --rm -p 127.0.0.1:7860:7860 -v malmoi:/data \
#     -e MALMOI_SIGN_IN__METHOD=local -e MALMOI_SERVER__PUBLIC_URL=http://127.0.0.1:7860 malmoi

FROM python:3.11-slim-bookworm AS build
RUN apt-get update \
 && apt-get install --no-install-recommends -y gcc libc6-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY requirements.lock pyproject.toml README.md LICENSE ./
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock
COPY src src
COPY prompts prompts
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation . \
 && XDG_CACHE_HOME=/model /venv/bin/malmoi model prepare

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin malmoi \
 && install -d -o malmoi -g malmoi /data
COPY --from=build /venv /venv
COPY --from=build --chown=malmoi:malmoi /model /model
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    XDG_CACHE_HOME=/model \
    MALMOI_INDEX_DIR=/data/index \
    MALMOI_SERVER__HOST=0.0.0.0 \
    MALMOI_SERVER__LOG_FORMAT=json \
    MALMOI_SERVER__LOG_LEVEL=info
USER malmoi
WORKDIR /data
VOLUME /data
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/healthz', timeout=4)"]
STOPSIGNAL SIGTERM
CMD ["malmoi", "serve"]
