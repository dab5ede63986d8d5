# Branchline: `make lab` and `make test` do everything, on a fresh Debian 12, as root.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup venv image kernel lab lab-up lab-down lab-status test test-kernel check clean-cache

export PATH := $(CURDIR)/.venv/bin:$(PATH)
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
TOPOLOGY := inventory/lab/topology.yml

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-12s %s\n", $$1, $$2}' Makefile

setup: ## install what the lab needs: Debian packages and .venv (pinned), only what is missing
	@lab/setup </dev/null

venv: ## the same, with the tools of the tests
	@lab/setup dev </dev/null

image: setup ## make the hosts' base image and layers, cached in $BRANCHLINE_CACHE (/var/cache/branchline)
	@python -m lab image $(TOPOLOGY) </dev/null >/dev/null

lab: lab-up ## hosts, lines, proof: lab-up, then site.yml; run again it changes nothing
	@ansible-playbook playbooks/site.yml </dev/null

lab-up: image ## the lab's hosts only
	@ansible-playbook playbooks/lab_up.yml </dev/null

lab-down: setup ## remove everything that the lab made, but not the caches; FORCE=1: even another checkout's lab
	@ansible-playbook playbooks/lab_down.yml -e '{"lab_force": $(if $(FORCE),true,false)}' </dev/null

lab-status: ## tell which hosts run; exit 1 when one is down
	@python -m lab status $(TOPOLOGY) </dev/null

kernel: ## build the user-mode kernel of the tests, 4-6 minutes, cached like the image
	@lab/setup kernel </dev/null
	@python -m lab.uml build </dev/null >/dev/null

test: venv lab ## every test: engine, lab, Molecule, system, user-mode kernel, foreign peers, gates
	@lab/setup kernel </dev/null
	@tests/run </dev/null

test-kernel: kernel ## lines on a real kernel's L2TP, PPP, ESP and AH, in a user-mode kernel
	@tests/run kernel </dev/null

check: venv ## every gate: style, types, lint, sanity, documents
	@tests/check </dev/null

clean-cache: ## remove the cached images and kernels (no lab may be up)
	@rm -rf "$${BRANCHLINE_CACHE:-/var/cache/branchline}"/{images,uml-*}
