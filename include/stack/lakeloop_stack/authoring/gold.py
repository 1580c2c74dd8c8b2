"""What a use case asks of its gold models, against what their contracts declare."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

from lakeloop.config import ConfigError, LabelledUseCase, UseCase
from lakeloop.config.sql_type import can_be_feature, is_number, is_whole_number, plain
from lakeloop.config.use_case.behaviour import features_of
from lakeloop.config.use_case.task import Rule
from lakeloop.config.use_case.use_case import Role

from .contracts import Contract, contracts, models_folder

ROLES: tuple[Role, ...] = ("features", "labels", "training_set")
LABELS = {"binary": "a whole number or a boolean (0 or 1)", "regression": "a number"}


def gold_problems(use_case: LabelledUseCase, file: Path, project: Path) -> list[str]:
    """One sentence for each mistake, see :func:`contract_problems`."""
    tables = use_case.tables.model_dump()
    return contract_problems(
        use_case, tables, file, project, lambda declared: _of_contracts(use_case, file, declared)
    )


def contract_problems(
    use_case: UseCase,
    tables: Mapping[str, str],
    file: Path,
    project: Path,
    of_contracts: Callable[[dict[str, Contract]], list[str]],
) -> list[str]:
    """One sentence for each mistake; a model that is missing is told alone.

    Args:
        tables: by key of the YAML, see :func:`missing_models`.
        file: the use case's YAML file.
        project: the dbt project's folder.
        of_contracts: asked when all models are there.
    """
    try:
        declared = contracts(project, use_case)
    except ConfigError as error:
        return [str(error)]
    return list(missing_models(use_case, tables, file, project, declared)) or of_contracts(declared)


def _of_contracts(use_case: LabelledUseCase, file: Path, declared: dict[str, Contract]) -> list[str]:
    features, labels, training = (declared[_model(use_case, role)] for role in ROLES)
    return [
        *_keys(use_case, features),
        *_keys(use_case, labels),
        *_label(use_case, labels),
        *_label_apart(use_case, features, labels),
        *_features(use_case, file, features),
        *_rules(use_case, file, features),
        *_tested_features(use_case, file, features),
        *_training_set(use_case, features, training),
        *_slices(use_case, file, declared),
    ]


def _model(use_case: LabelledUseCase, role: Role) -> str:
    return use_case.models_of_tables[role]


def missing_models(
    use_case: UseCase, tables: Mapping[str, str], file: Path, project: Path, declared: dict[str, Contract]
) -> Iterator[str]:
    """Of `tables` (by key of the YAML) those that no model makes."""
    folder = models_folder(project, use_case)
    for key, table in tables.items():
        name = f"{use_case.name}__{table}"
        if name not in declared:
            yield (
                f"{file}: tables.{key}: no model {name!r} is declared in {folder}/**/*.yml"
                f"{_nearest(name, declared)}; `lakeloop new use-case` draws one up"
            )
        elif not list(folder.rglob(f"{name}.sql")):
            yield f"{declared[name].file}: model {name}: there is no {name}.sql in {folder}"


def _keys(use_case: LabelledUseCase, contract: Contract) -> Iterator[str]:
    return typed(contract, {**use_case.entity.keys, use_case.period.column: use_case.period.sql_type})


def typed(contract: Contract, wanted: Mapping[str, str]) -> Iterator[str]:
    """What of the columns `wanted`, name to SQL type, an enforced contract does not declare so."""
    if not contract.enforced:
        yield f"{contract.file}: model {contract.model}: config.contract.enforced is not true; a contract declares it"
    for column, kind in wanted.items():
        seen = contract.columns.get(column)
        if column in contract.columns and seen is None:
            yield f"{contract.file}: model {contract.model}: column {column} has no data_type, expected {kind}"
        elif seen is None:
            near = _nearest(column, contract.columns)
            yield f"{contract.file}: model {contract.model}: column {column} ({kind}) is missing{near}"
        elif plain(seen) != kind:
            yield f"{contract.file}: model {contract.model}: {column} is {seen}, the use case's YAML says {kind}"


def _label(use_case: LabelledUseCase, contract: Contract) -> Iterator[str]:
    label, where = use_case.task.label, f"{contract.file}: model {contract.model}"
    seen, expected = contract.columns.get(label), LABELS[use_case.task.kind]
    if label in contract.columns and seen is None:
        yield f"{where}: label {label} has no data_type, expected {expected}"
    elif seen is None:
        yield f"{where}: label {label} is missing{_nearest(label, contract.columns)}"
    elif not _can_be_label(plain(seen), use_case.task.kind):
        yield (
            f"{where}: label {label} is {seen}, expected {expected} for a {use_case.task.kind} task; cast it in "
            f"{contract.model}.sql"
        )


def _label_apart(use_case: LabelledUseCase, features: Contract, labels: Contract) -> Iterator[str]:
    """The training set would have it twice; and what is known only later is no feature."""
    if use_case.task.label in features.columns:
        yield (
            f"{features.file}: model {features.model}: has the label {use_case.task.label}; take it out: it is known "
            f"only later, and {labels.model} has it"
        )


def _can_be_label(sql_type: str, task: str) -> bool:
    if task == "binary":
        return is_whole_number(sql_type) or sql_type == "boolean"
    return is_number(sql_type)


def _features(use_case: LabelledUseCase, file: Path, contract: Contract) -> Iterator[str]:
    names = use_case.feature_names(list(contract.columns))
    if not names:
        yield f"{contract.file}: model {contract.model}: no column is a feature; declare at least one"
    for name in names:
        kind = contract.columns[name]
        if not _holds_numbers(kind):
            yield (
                f"{contract.file}: model {contract.model}: feature {name} is {kind or 'without data_type'}, expected a "
                "number; encode it in SQL, or list it under features.except"
            )
    for name in use_case.features.without:
        if name not in contract.columns:
            near = _nearest(name, contract.columns)
            yield f"{file}: features.except: {name!r} is no column of {contract.model}{near}"


def _rules(use_case: LabelledUseCase, file: Path, contract: Contract) -> Iterator[str]:
    """What rules of thumb go by; a type that is wrong for every feature is told with the features."""
    names = use_case.feature_names(list(contract.columns))
    for place, baseline in enumerate(use_case.baselines):
        if not isinstance(baseline, Rule):
            continue
        where, feature = f"{file}: baselines.{place}.feature", baseline.feature
        if feature not in contract.columns:
            yield f"{where}: {feature!r} is no column of {contract.model}{_nearest(feature, names)}"
        elif feature not in names and not _holds_numbers(contract.columns[feature]):
            kind = contract.columns[feature] or "without data_type"
            yield f"{where}: {feature!r} is {kind} in {contract.model}, expected a number; encode it in SQL"


def _holds_numbers(sql_type: str | None) -> bool:
    return sql_type is not None and can_be_feature(plain(sql_type))


def _training_set(use_case: LabelledUseCase, features: Contract, training: Contract) -> Iterator[str]:
    """An enforced contract has to name all that training reads; without one the SQL says what is there."""
    read = [*use_case.keys, use_case.task.label, *use_case.feature_names(list(features.columns))]
    for name in read if training.enforced else ():
        if name not in training.columns:
            yield (
                f"{training.file}: model {training.model}: column {name} is missing from the contract, but training "
                f"reads it; declare it, or set config.contract.enforced to false for {training.model}"
            )


def _slices(use_case: LabelledUseCase, file: Path, declared: dict[str, Contract]) -> Iterator[str]:
    training = declared[_model(use_case, "training_set")]
    columns = _columns_of_training_set(use_case, declared)
    for key, name in _asked_for(use_case):
        others = [contract.model for contract in declared.values() if name in contract.columns]
        if name not in columns:
            elsewhere = f", but of {', '.join(others)}" if others else _nearest(name, columns)
            yield (
                f"{file}: {key}: {name!r} is no column of {training.model}{elsewhere}; to slice by it, "
                f"select it in {training.model}.sql and declare it under the model's columns in {training.file}"
            )


def _asked_for(use_case: LabelledUseCase) -> Iterator[tuple[str, str]]:
    """The columns of the training set that the gate reads beside features and label, with the keys that name them."""
    gate = use_case.gate
    named = {
        "gate.slices.columns": gate.slices.columns,
        "gate.fairness.columns": gate.fairness.columns,
        "gate.leakage.known_at": gate.leakage.known_at,
    }
    return ((key, name) for key, names in named.items() for name in names)


def _tested_features(use_case: LabelledUseCase, file: Path, contract: Contract) -> Iterator[str]:
    """What behavioural tests and `known_ahead` name has to be a feature."""
    names = use_case.feature_names(list(contract.columns))
    named = {f"gate.behaviour.{n}": features_of(test) for n, test in enumerate(use_case.gate.behaviour)}
    named["gate.leakage.known_ahead"] = use_case.gate.leakage.known_ahead
    for key, tested in named.items():
        for name in tested:
            if name not in names:
                yield f"{file}: {key}: {name!r} is no feature of {contract.model}{_nearest(name, names)}"


def _columns_of_training_set(use_case: LabelledUseCase, declared: dict[str, Contract]) -> list[str]:
    """Those of an enforced contract; else those of features and labels, and what is declared beside them."""
    features, labels, training = (declared[_model(use_case, role)].columns for role in ROLES)
    enforced = declared[_model(use_case, "training_set")].enforced
    return list(training if enforced else {**features, **labels, **training})


def _nearest(name: str, known: Iterable[str]) -> str:
    known = sorted(known)
    near = get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(known) or 'none'}"
