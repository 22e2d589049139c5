"""Owns reading a policy file of an instance; what an older file does not say yet is as shipped, so that an upgrade refuses nobody."""

from riskreview.foundation.instance import PACKAGED, Instance
from riskreview.foundation.yaml_file import Model, load_yaml


def load_policy_file(instance: Instance, name: str, model: type[Model]) -> Model:
    """Read ``policies/<name>`` of an instance, else the shipped one.

    A required key that the instance's own file lacks, because it came with a later version, has the shipped value.

    :raises BadInput: naming file, line, key, what was found and the repair.
    """
    return load_yaml(instance.configuration_file("policies", name), model, shipped=PACKAGED / "policies" / name)
