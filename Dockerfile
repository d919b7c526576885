# Rapport with the preset lite, whose weights are in the image: a start needs no network.
#     docker build -t rapport .
#     docker run -p 127.0.0.1:8420:8420 -v rapport:/data -e RAPPORT_WEB__TOKEN=… rapport
# compose.yaml runs it with PostgreSQL; docs/operations.md has the rest.
#
# No container engine is at hand where Rapport is built. `make test-deploy` (tests/deploy/test_image.py) reads this file and
# carries its steps out in a plain directory, with the Python that is there in place of the base image's, then starts what
# came of them as another user and without a network. The image itself has not been built there.

FROM python:3.11-slim-bookworm AS build
ARG EXTRAS=postgres
ENV RAPPORT_MODELS__CACHE=/opt/rapport/models
WORKDIR /opt/rapport
COPY pyproject.toml constraints.txt README.md LICENSE /src/
COPY adapters /src/adapters/
COPY bot /src/bot/
COPY core /src/core/
RUN python -m venv .venv \
    && .venv/bin/python -m pip install --no-cache-dir --constraint /src/constraints.txt "/src[$EXTRAS]"
RUN .venv/bin/rapport models pull

FROM python:3.11-slim-bookworm
ARG UID=10001
ENV HOME=/data \
    PATH=/opt/rapport/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    RAPPORT_MODELS__CACHE=/opt/rapport/models \
    RAPPORT_WEB__HOST=0.0.0.0
COPY --from=build /opt/rapport/.venv /opt/rapport/.venv/
COPY --from=build /opt/rapport/models /opt/rapport/models/
RUN install -d -m 0700 -o "$UID" -g "$UID" /data
USER $UID:$UID
WORKDIR /data
VOLUME /data
EXPOSE 8420
# Its own port, past any proxy of the environment's. 503: the store doesn't answer.
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
    CMD ["/opt/rapport/.venv/bin/python", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8420, timeout=8); c.request('GET', '/health'); raise SystemExit(c.getresponse().status != 200)"]
ENTRYPOINT ["/opt/rapport/.venv/bin/rapport"]
CMD ["run"]
