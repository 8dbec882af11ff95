# syntax=docker/dockerfile:1
# docker build -t footnote .
# docker run -d --name footnote --env-file .env -v footnote-data:/data -v "$PWD/config.toml:/app/config.toml:ro" footnote
# Weights are not in the image: the first start pulls them into the volume.

FROM python:3.11-slim-bookworm AS build
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends g++ make \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY Makefile pyproject.toml README.md LICENSE ./
COPY .ci/install .ci/install
COPY constraints constraints
COPY bot bot
COPY connectors connectors
# GGML_NATIVE=OFF: the image must run on other processors than the one that built it. Where it is built on the machine
# that it will run on, it is faster with --build-arg CMAKE_ARGS= (docs/models.md)
ARG CMAKE_ARGS="-DGGML_NATIVE=OFF"
RUN make install CACHE=/tmp/cache && rm -rf .venv/wheels /tmp/cache

FROM python:3.11-slim-bookworm
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends git libgomp1 openssh-client tesseract-ocr tesseract-ocr-kor tini \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home --uid 10001 footnote \
 && install -d -o footnote -g footnote /data
WORKDIR /app
COPY --from=build /app /app
COPY config.toml .
ENV PATH="/app/.venv/bin:$PATH" FOOTNOTE_DATA_DIR=/data PYTHONUNBUFFERED=1
USER footnote
VOLUME /data
HEALTHCHECK --interval=60s --timeout=20s --start-period=600s --retries=3 CMD ["footnote", "doctor", "--offline"]
ENTRYPOINT ["tini", "--"]
CMD ["sh", "-c", "footnote models pull && exec footnote run"]
