"""The suites of dbt-tests-adapter that are not run, each with its reason; `test_complete.py` finds any other."""

GRANTS = "NOT_SUPPORTED_LOCALLY: GRANT; the workspace knows no privileges"
PYTHON = "501 NOT_IMPLEMENTED: the clusters and commands through which dbt-databricks runs Python models"
PIPELINE = "NOT_SUPPORTED_LOCALLY: MATERIALIZED VIEW needs a pipeline"
FUNCTIONS = "MISSING_CATALOG_ABILITY.CREATE_FUNCTION: a catalog keeps no functions; temporary ones work"
NO_JAVASCRIPT = "Databricks has no functions in JavaScript and none that aggregate"
FOREIGN_KEYS = "NOT_SUPPORTED_LOCALLY: primary and foreign keys"
POSTGRES_DDL = "compares PostgreSQL's DDL word by word; what the constraints do is tested by the other suites"
TWO_STATEMENTS = "a header that is a statement of its own: Databricks takes one statement at a time"
NO_CASCADE = "expects that a full refresh of a seed drops the views on it: Databricks drops no dependents"
NO_CATALOG = "asks for a method that dbt-databricks does not have: get_catalog_for_single_relation"
POSTGRES_DEBUG = "asks for targets that are PostgreSQL's; `test_dbt_adapter.py` runs `dbt debug`"
CASE = "expects names that keep their case: Unity Catalog's are lower case, and dbt-databricks leaves it out"
CLONE_ONTO_ITSELF = (
    "expects a message of dbt's own clone; dbt-databricks has another, which does not look at that"
)
COMMENT_ARGUMENTS = "expects a comment without the tags that dbt-databricks adds; dbt-databricks skips it"
NARROW_TEXT = "expects that a text is cut to its column's length: a text has none on Databricks"
QUOTED_CASE = "expects a warning and case-sensitive columns, which dbt-databricks and Delta do not have"
NEWER_DBT = "asks for `dbt seed --empty`, which dbt 1.11 does not have"
OTHER_OF_TWO = "one of a pair: the other is Databricks' way, and is run"

REFUSED: dict[str, str] = {
    "basic.test_get_catalog_for_single_relation": NO_CATALOG,
    "constraints.test_constraints.BaseConstraintQuotedColumn": POSTGRES_DDL,
    "constraints.test_constraints.BaseConstraintsRuntimeDdlEnforcement": POSTGRES_DDL,
    "constraints.test_constraints.BaseIncrementalConstraintsRuntimeDdlEnforcement": POSTGRES_DDL,
    "constraints.test_constraints.BaseModelConstraintsRuntimeEnforcement": POSTGRES_DDL,
    "constraints.test_constraints.BaseIncrementalForeignKeyConstraint": FOREIGN_KEYS,
    "constraints.test_constraints.BaseContractSqlHeader": TWO_STATEMENTS,
    "constraints.test_constraints.BaseIncrementalContractSqlHeader": TWO_STATEMENTS,
    "constraints.test_constraints.BaseTableContractSqlHeader": TWO_STATEMENTS,
    "dbt_clone.test_dbt_clone.BaseCloneSameSourceAndTarget": CLONE_ONTO_ITSELF,
    "dbt_debug.test_dbt_debug.BaseDebugPostgres": POSTGRES_DEBUG,
    "empty.test_empty.BaseTestEmptySeedFlag": NEWER_DBT,
    "functions.test_js_udfs": NO_JAVASCRIPT,
    "functions.test_udafs": NO_JAVASCRIPT,
    "functions.test_udfs": FUNCTIONS,
    "grants": GRANTS,
    "materialized_view": PIPELINE,
    "persist_docs.test_persist_docs.BasePersistDocsQuotedColumnCaseSensitive": QUOTED_CASE,
    "persist_docs.test_persist_docs.BasePersistDocsQuotedDescriptionNotAppliedOnMismatch": QUOTED_CASE,
    "python_model": PYTHON,
    "query_comment.test_query_comment.BaseMacroArgsQueryComments": COMMENT_ARGUMENTS,
    "simple_copy.test_copy_uppercase": CASE,
    "simple_copy.test_simple_copy.SimpleCopyBase": PIPELINE,
    "simple_seed.test_seed.BaseSeedConfigFullRefreshOn": NO_CASCADE,
    "utils.test_current_timestamp.BaseCurrentTimestampNaive": OTHER_OF_TWO,
    "utils.test_escape_single_quotes.BaseEscapeSingleQuotesQuote": OTHER_OF_TWO,
    "unit_testing.test_types.BaseUnitTestingVarcharFixtureNoTruncation": NARROW_TEXT,
}
