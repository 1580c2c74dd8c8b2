package localbricks.catalog.information;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import localbricks.catalog.MetastoreViews;
import localbricks.catalog.Refusals;
import localbricks.catalog.Workspace;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.catalyst.analysis.NoSuchNamespaceException;
import org.apache.spark.sql.catalyst.catalog.CatalogTable;
import org.apache.spark.sql.connector.catalog.Column;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.Relation;
import org.apache.spark.sql.delta.catalog.DeltaTableV2;
import org.apache.spark.sql.types.DecimalType;

/** The rows of `information_schema`. */
final class InformationRows {
    private static final String CHECK = "delta.constraints.";

    private InformationRows() {}

    static void catalogs(List<String> catalogs, WantedNames wanted, Consumer<Map<String, Object>> row) {
        catalogs.forEach(catalog -> row.accept(Map.of("catalog_name", catalog)));
    }

    static void schemata(List<String> catalogs, WantedNames wanted, Consumer<Map<String, Object>> row) {
        for (String catalog : catalogs) {
            for (String schema : schemas(catalog)) {
                row.accept(Map.of("catalog_name", catalog, "schema_name", schema));
            }
        }
    }

    static void tables(List<String> catalogs, WantedNames wanted, Consumer<Map<String, Object>> row) {
        each(catalogs, wanted, found -> {
            boolean view = MetastoreViews.isView(found.stored);
            Map<String, Object> values = found.names();
            values.put("table_type", found.stored.tableType().name());
            values.put("is_insertable_into", view ? "NO" : "YES");
            values.put("commit_action", "PRESERVE");
            values.put("table_owner", found.stored.owner());
            values.put("comment", later(() -> view ? found.stored.comment().getOrElse(() -> null)
                : found.relation().map(table -> table.properties().get("comment")).orElse(null)));
            values.put("created", found.stored.createTime() * 1000);
            values.put("last_altered", later(() -> view ? Long.valueOf(found.stored.createTime() * 1000) : lastCommit(found)));
            values.put("data_source_format", view ? "UNKNOWN_DATA_SOURCE_FORMAT"
                : found.stored.provider().getOrElse(() -> "HIVE").toUpperCase(Locale.ROOT));
            values.put("storage_path", view ? null : found.stored.storage().locationUri().get().toString());
            row.accept(values);
        });
    }

    static void views(List<String> catalogs, WantedNames wanted, Consumer<Map<String, Object>> row) {
        each(catalogs, wanted, found -> {
            if (MetastoreViews.isView(found.stored)) {
                Map<String, Object> values = found.names();
                values.putAll(Map.of("view_definition", found.stored.viewText().get(), "check_option", "NONE",
                    "is_updatable", "NO", "is_insertable_into", "NO", "is_materialized", "false"));
                row.accept(values);
            }
        });
    }

    static void columns(List<String> catalogs, WantedNames wanted, Consumer<Map<String, Object>> row) {
        each(catalogs, wanted, found -> {
            Column[] columns = found.relation().map(Relation::columns).orElse(new Column[0]);
            for (int position = 0; position < columns.length; position++) {
                Map<String, Object> values = found.names();
                describe(columns[position], values);
                values.put("ordinal_position", position + 1);
                row.accept(values);
            }
        });
    }

    static void tableConstraints(List<String> catalogs, WantedNames wanted, Consumer<Map<String, Object>> row) {
        checks(catalogs, wanted, (found, name, clause) -> {
            Map<String, Object> values = found.names();
            values.putAll(constraint(found, name));
            values.putAll(Map.of("constraint_type", "CHECK", "is_deferrable", "NO", "initially_deferred", "NO",
                "enforced", "YES"));
            row.accept(values);
        });
    }

    static void checkConstraints(List<String> catalogs, WantedNames wanted, Consumer<Map<String, Object>> row) {
        checks(catalogs, wanted, (found, name, clause) -> {
            Map<String, Object> values = constraint(found, name);
            values.put("check_clause", clause);
            row.accept(values);
        });
    }

    private static void describe(Column column, Map<String, Object> values) {
        values.put("column_name", column.name());
        values.put("column_default", column.defaultValue() == null ? null : column.defaultValue().getSql());
        values.put("is_nullable", column.nullable() ? "YES" : "NO");
        values.put("full_data_type", column.dataType().catalogString());
        values.put("data_type", column.dataType().typeName().replaceAll("\\(.*", "").toUpperCase(Locale.ROOT));
        if (column.dataType() instanceof DecimalType decimal) {
            values.put("numeric_precision", decimal.precision());
            values.put("numeric_scale", decimal.scale());
        }
        values.put("is_identity", column.identityColumnSpec() == null ? "NO" : "YES");
        values.put("is_generated", column.generationExpression() == null ? "NEVER" : "ALWAYS");
        values.put("generation_expression", column.generationExpression());
        values.put("comment", column.comment());
    }

    private interface Check {
        void accept(Found table, String name, String clause);
    }

    private static void checks(List<String> catalogs, WantedNames wanted, Check check) {
        each(catalogs, wanted, found -> found.relation().ifPresent(relation -> relation.properties().forEach((key, clause) -> {
            if (key.startsWith(CHECK)) {
                check.accept(found, key.substring(CHECK.length()), clause);
            }
        })));
    }

    private static Map<String, Object> constraint(Found found, String name) {
        return new HashMap<>(Map.of("constraint_catalog", found.catalog, "constraint_schema", found.schema,
            "constraint_name", name));
    }

    private static Object lastCommit(Found found) {
        return found.relation().filter(DeltaTableV2.class::isInstance)
            .map(table -> ((DeltaTableV2) table).initialSnapshot().timestamp() * 1000).orElse(null);
    }

    private static Supplier<Object> later(Supplier<Object> value) {
        return value;
    }

    /** A table or view as the metastore has it. */
    private record Found(String catalog, String schema, CatalogTable stored) {
        Map<String, Object> names() {
            return new HashMap<>(Map.of("table_catalog", catalog, "table_schema", schema,
                "table_name", stored.identifier().table()));
        }

        /** Opened; empty when it was dropped since it was listed, or its files are gone: others are still asked for. */
        Optional<Relation> relation() {
            try {
                Identifier name = Identifier.of(new String[] {schema}, stored.identifier().table());
                return Optional.of(Workspace.catalog(catalog).loadRelation(name));
            } catch (AnalysisException | UnsupportedOperationException gone) {
                return Optional.empty();
            }
        }
    }

    private static void each(List<String> catalogs, WantedNames wanted, Consumer<Found> found) {
        for (String catalog : catalogs) {
            if (wanted.may(Map.of("table_catalog", catalog))) {
                for (String schema : schemas(catalog)) {
                    if (wanted.may(Map.of("table_catalog", catalog, "table_schema", schema))) {
                        eachIn(catalog, schema, wanted, found);
                    }
                }
            }
        }
    }

    private static void eachIn(String catalog, String schema, WantedNames wanted, Consumer<Found> found) {
        for (CatalogTable stored : described(catalog, schema)) {
            Found one = new Found(catalog, schema, stored);
            if (wanted.may(one.names())) {
                found.accept(one);
            }
        }
    }

    private static CatalogTable[] described(String catalog, String schema) {
        try {
            return Workspace.catalog(catalog).described(new String[] {schema});
        } catch (NoSuchNamespaceException dropped) {
            return new CatalogTable[0];
        }
    }

    private static List<String> schemas(String catalog) {
        try {
            return Arrays.stream(Workspace.catalog(catalog).listNamespaces()).map(schema -> schema[0])
                .filter(schema -> !schema.equals(Workspace.INFORMATION_SCHEMA)).toList();
        } catch (NoSuchNamespaceException error) {
            throw Refusals.unchecked(error);
        }
    }
}
