# One image for every service of docker-compose.yaml but PostgreSQL.
FROM python:3.11-slim-bookworm

RUN apt-get update \
 && apt-get install -y --no-install-recommends openjdk-17-jre-headless socat \
 && rm -rf /var/lib/apt/lists/* \
 && pip install --no-cache-dir uv==0.13.9 \
 && useradd --create-home --uid 10001 lakeloop \
 && install -d -o lakeloop -g lakeloop /app /data /secrets

USER lakeloop
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH LAKELOOP_HOME=/data

# The lock first: packages are installed again only when it has changed.
COPY --chown=lakeloop:lakeloop requirements.txt ./
COPY --chown=lakeloop:lakeloop docker/requirements.txt docker/development.txt docker/
RUN uv venv .venv \
 && uv pip sync --no-cache --compile-bytecode requirements.txt docker/requirements.txt \
 && uv pip uninstall --requirements docker/development.txt

COPY --chown=lakeloop:lakeloop . .
RUN uv pip install --no-cache --no-deps --no-build-isolation \
      --editable . --editable include/cloudfiles --editable include/localbricks --editable include/serving --editable include/features --editable include/streaming --editable include/recommender --editable include/edge --editable include/datasets --editable include/stack \
 && lakeloop jars \
 && lakeloop manifest --target local
