# One file for all services. Targets: `light` (command line, judge, filter and its workers, rewards),
# built without a compiler and run without root.
#
#   docker build --target light -t assay .

FROM python:3.11.14-slim-bookworm AS base
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1

FROM base AS build
WORKDIR /src
RUN python -m venv /opt/assay
ENV PATH=/opt/assay/bin:$PATH
# what Assay stands on, at the tested versions: a layer that a change of the code leaves alone
COPY pyproject.toml constraints.txt ./
RUN python -c "import tomllib; p = tomllib.load(open('pyproject.toml', 'rb'))['project']; e = p['optional-dependencies']; print(*p['dependencies'], *e['judge'], *e['filter'], *e['rl-rewards'], sep='\n')" > requirements.txt \
    && pip install --constraint constraints.txt --requirement requirements.txt
COPY README.md LICENSE ./
COPY configs configs
COPY core core
COPY services services
COPY cli cli
RUN pip install --no-deps . \
    && pip check

FROM base AS light
RUN groupadd --gid 10001 assay \
    && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin assay \
    && install -d -o 10001 -g 10001 /var/lib/assay /var/cache/assay
COPY --from=build /opt/assay /opt/assay
ENV PATH=/opt/assay/bin:$PATH \
    XDG_CACHE_HOME=/var/cache/assay \
    NUMBA_CACHE_DIR=/var/cache/assay/numba
WORKDIR /var/lib/assay
USER 10001:10001
ENTRYPOINT ["assay"]
CMD ["--help"]
