# syntax=docker/dockerfile:1
# cwsync as a container: see docs/container.md. The version of Node is that of package.json, held to it by a test.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Without scripts, of which the product's packages need none: one would fetch the Node that this image has already.
RUN npm ci --omit=dev --ignore-scripts && rm -rf node_modules/node node_modules/.bin/node
COPY LICENSE ./
COPY bin ./bin
COPY src ./src
COPY adapters ./adapters
COPY jobs ./jobs
COPY deploy ./deploy
# Compiled code is kept in the image, since the container cannot write there; by the user who will look for it.
RUN install -d -o node -g node node_modules/.cache/cwsync
USER node
RUN node deploy/compile-ahead.mjs

FROM ${NODE_IMAGE}
ENV NODE_ENV=production CWSYNC_HOST=0.0.0.0 CWSYNC_DATA_DIR=/data XDG_CACHE_HOME=/data/cache
WORKDIR /app
# The files stay root's: whoever runs the program cannot change it.
COPY --from=build /app ./
COPY --from=build --chown=node:node /app/node_modules/.cache ./node_modules/.cache
# For the embedded server and for backups; with MONGODB_URI nothing else is ever written but to /tmp.
RUN install -d -o node -g node -m 700 /data
VOLUME /data
USER node
EXPOSE 3000
# Whether the process turns; a worker has no HTTP server, so compose.yaml switches it off there.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 CMD ["node", "deploy/check-health.mjs"]
ENTRYPOINT ["node", "bin/cwsync.mjs"]
CMD ["start"]
