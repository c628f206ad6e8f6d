# The commands of this collection. `make demo` and `make test` are the two that matter; `make help` names the others.
#
# All that is installed or built goes under $(BUILD), which git ignores and which no Ansible tool looks into: they are
# given a tree of their own below. A second call does only what has changed since the first.

BUILD := .build
VENV := $(BUILD)/venv
LINT := $(BUILD)/lint
REQUIREMENTS := tests/requirements
TREE := $(BUILD)/collections/ansible_collections/cncloud/certificates

# The newest Python from 3.11 to 3.14 that really runs. Another one: make PYTHON=/path/to/python clean test
PYTHON ?= $(shell tests/tools/newest_python.sh)
RUN := $(VENV)/bin/python
PIP := -m pip --disable-pip-version-check install --quiet --quiet --constraint $(REQUIREMENTS)/constraints.txt

# Arguments for pytest, for example: make unit ARGS='-k renewal -x'
ARGS ?=
# The cores that are there; a test run on one core starts no second process.
WORKERS ?= $(shell getconf _NPROCESSORS_ONLN)
PYTEST := $(RUN) -m pytest --numprocesses $(WORKERS) --dist loadgroup

export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/$(BUILD)/collections

.DEFAULT_GOAL := help
.PHONY: help demo test unit integration conformance property fuzz chaos sanity bench matrix clean

help: ## Say what the commands do
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 21

demo: $(BUILD)/runtime.stamp ## Issue, prove, bind and verify certificates against an emulator of the clouds; needs no account
	$(RUN) tests/demo/run.py

test: $(BUILD)/test.stamp $(BUILD)/lint.stamp ## Everything that is tested
	$(PYTEST) $(wildcard tests/sanity tests/unit tests/driver tests/property tests/fuzz tests/chaos tests/conformance tests/integration tests/leak) $(ARGS)

unit: $(BUILD)/test.stamp ## The logic, the signatures, every module in both ways of running
	$(PYTEST) tests/unit $(ARGS)

integration: $(BUILD)/test.stamp ## Playbooks, the role and the molecule scenarios against the emulator
	$(PYTEST) tests/integration $(ARGS)

conformance: $(BUILD)/test.stamp ## The vendors' own SDKs against the emulator, and our signatures against theirs
	$(PYTEST) tests/conformance $(ARGS)

# Examples of each property test; few and always the same ones in `make test`.
EXAMPLES ?= 2000

property: $(BUILD)/test.stamp ## Check mode against real runs on accounts that hold anything: EXAMPLES of each module
	PROPERTY_EXAMPLES=$(EXAMPLES) $(PYTEST) tests/property $(ARGS)

# Executions of each fuzzer; few and always the same ones in `make test`.
EXECUTIONS ?= 1000

fuzz: $(BUILD)/test.stamp ## Hostile answers, certificates, profiles, configurations and options: EXECUTIONS of each fuzzer
	FUZZ_EXECUTIONS=$(EXECUTIONS) $(PYTEST) tests/fuzz $(ARGS)

# Sequences of faults for modules and for roles, and the seed of the first; few and always the same in `make test`.
SEQUENCES ?= 5000
ROLES ?= 30
SEED ?= $(shell date +%s)

chaos: $(BUILD)/test.stamp ## Seeded faults, kills and lags in every module and role, and what holds after them: SEQUENCES from SEED on
	$(PYTEST) tests/chaos --chaos-count $(SEQUENCES) --chaos-roles $(ROLES) --chaos-seed $(SEED) $(ARGS)

sanity: $(BUILD)/test.stamp $(BUILD)/lint.stamp ## The quality gates: ansible-test, ansible-lint, antsibull, galaxy-importer, mypy, ruff, no secret shows
	$(PYTEST) $(wildcard tests/sanity tests/leak) $(ARGS)

bench: $(BUILD)/test.stamp ## Times beside those of ansible.builtin modules; never fails on a time
	$(RUN) tests/benchmark/run.py $(ARGS)

matrix: $(BUILD)/test.stamp ## Unit, integration and leak tests on every supported ansible-core
	$(RUN) tests/tools/matrix.py $(ARGS)

clean: ## Remove all that these commands made in this folder
	rm -rf $(BUILD) .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/bin/python $(LINT)/bin/python:
	@test -n '$(PYTHON)'
	'$(PYTHON)' -m venv $(patsubst %/bin/python,%,$@)

$(TREE):
	mkdir -p $(@D)
	ln -sfn ../../../.. $@

$(BUILD)/runtime.stamp: $(addprefix $(REQUIREMENTS)/,constraints.txt runtime.txt libraries.txt emulator.txt) | $(VENV)/bin/python $(TREE)
	$(RUN) $(PIP) -r $(REQUIREMENTS)/runtime.txt -r $(REQUIREMENTS)/emulator.txt
	@touch $@

TEST_REQUIREMENTS := $(wildcard $(addprefix $(REQUIREMENTS)/,test.txt typing.txt conformance.txt))

$(BUILD)/test.stamp: $(BUILD)/runtime.stamp $(TEST_REQUIREMENTS)
	$(RUN) $(PIP) $(addprefix -r ,$(TEST_REQUIREMENTS))
	@touch $@

$(BUILD)/lint.stamp: $(addprefix $(REQUIREMENTS)/,constraints.txt runtime.txt libraries.txt lint.txt) | $(LINT)/bin/python
	$(LINT)/bin/python $(PIP) -r $(REQUIREMENTS)/runtime.txt -r $(REQUIREMENTS)/lint.txt
	@touch $@
