# Everything goes through the scripts in scripts/, which people and CI call alike.
.PHONY: setup demo test proof wheel lint types lock

setup:
	@scripts/setup

demo: setup
	@.venv/bin/callcoach demo $(ARGS)

test: setup
	@scripts/check

# The same fuzzers as in `make test`, with very many inputs: `make proof INPUTS=1000`.
proof: setup
	@scripts/proof $(INPUTS)

# A wheel in build/wheel that needs no Node where it is installed.
wheel: setup
	@.venv/bin/python -m pip wheel -q --disable-pip-version-check --no-deps --no-build-isolation -w build/wheel .
	@ls build/wheel/callcoach-*.whl

lint: setup
	@scripts/check lint

types: setup
	@.venv/bin/python -m scripts.generate_types
	@.venv/bin/python -m scripts.generate_settings
	@.venv/bin/python -m scripts.generate_conditions
	@.venv/bin/python -m scripts.generate_desk_protocol

lock: setup
	@scripts/lock
