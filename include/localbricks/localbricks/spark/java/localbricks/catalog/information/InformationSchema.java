package localbricks.catalog.information;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.catalyst.analysis.NoSuchTableException;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.types.StructType;

/**
 * `information_schema`: the relations of a hosted workspace's that clients ask for, read from the metastore.
 *
 * <p>Columns as in https://docs.databricks.com/en/sql/language-manual/sql-ref-information-schema.html. Tags, masks, row
 * filters and keys cannot be made here, so those relations are there and empty.
 */
public final class InformationSchema {
    private static final String TABLE = "table_catalog STRING, table_schema STRING, table_name STRING";
    private static final String TAGGED = "catalog_name STRING, schema_name STRING, table_name STRING";
    private static final String TAG = "tag_name STRING, tag_value STRING";
    private static final String CONSTRAINT =
        "constraint_catalog STRING, constraint_schema STRING, constraint_name STRING";
    private static final String CHANGED =
        "created TIMESTAMP, created_by STRING, last_altered TIMESTAMP, last_altered_by STRING";
    private static final Map<String, InformationTable.Source> FILLED = Map.of(
        "catalogs", InformationRows::catalogs, "schemata", InformationRows::schemata, "tables", InformationRows::tables,
        "views", InformationRows::views, "columns", InformationRows::columns,
        "table_constraints", InformationRows::tableConstraints, "check_constraints", InformationRows::checkConstraints);
    private static final Map<String, String> COLUMNS = new TreeMap<>(Map.ofEntries(
        Map.entry("catalogs", "catalog_name STRING, catalog_owner STRING, comment STRING, " + CHANGED),
        Map.entry("schemata", "catalog_name STRING, schema_name STRING, schema_owner STRING, comment STRING, " + CHANGED),
        Map.entry("tables", TABLE + ", table_type STRING, is_insertable_into STRING, commit_action STRING, "
            + "table_owner STRING, comment STRING, " + CHANGED + ", data_source_format STRING, storage_path STRING"),
        Map.entry("views", TABLE + ", view_definition STRING, check_option STRING, is_updatable STRING, "
            + "is_insertable_into STRING, sql_path STRING, is_materialized STRING"),
        Map.entry("columns", TABLE + ", column_name STRING, ordinal_position INT, column_default STRING, "
            + "is_nullable STRING, full_data_type STRING, data_type STRING, numeric_precision INT, numeric_scale INT, "
            + "is_identity STRING, is_generated STRING, generation_expression STRING, partition_index INT, comment STRING"),
        Map.entry("table_constraints", CONSTRAINT + ", " + TABLE + ", constraint_type STRING, is_deferrable STRING, "
            + "initially_deferred STRING, enforced STRING"),
        Map.entry("check_constraints", CONSTRAINT + ", check_clause STRING, sql_path STRING"),
        Map.entry("key_column_usage", CONSTRAINT + ", " + TABLE
            + ", column_name STRING, ordinal_position INT, position_in_unique_constraint INT"),
        Map.entry("referential_constraints", CONSTRAINT + ", unique_constraint_catalog STRING, "
            + "unique_constraint_schema STRING, unique_constraint_name STRING, match_option STRING, update_rule STRING, "
            + "delete_rule STRING"),
        Map.entry("catalog_tags", "catalog_name STRING, " + TAG),
        Map.entry("schema_tags", "catalog_name STRING, schema_name STRING, " + TAG),
        Map.entry("table_tags", TAGGED + ", " + TAG),
        Map.entry("column_tags", TAGGED + ", column_name STRING, " + TAG),
        Map.entry("column_masks", TABLE + ", column_name STRING, mask_catalog STRING, mask_schema STRING, "
            + "mask_name STRING, using_columns STRING"),
        Map.entry("row_filters", TABLE
            + ", filter_catalog STRING, filter_schema STRING, filter_name STRING, target_columns STRING")));

    private InformationSchema() {}

    /** The relation over these catalogs. Throws NoSuchTableException for one that is not served. */
    public static Table table(Identifier relation, List<String> catalogs) throws NoSuchTableException {
        String name = relation.name().toLowerCase(Locale.ROOT);
        if (!COLUMNS.containsKey(name)) {
            throw new NoSuchTableException(relation);
        }
        InformationTable.Source empty = (shown, wanted, row) -> { };
        StructType schema = StructType.fromDDL(COLUMNS.get(name));
        return new InformationTable(name, schema, catalogs, FILLED.getOrDefault(name, empty));
    }

    public static Identifier[] tables(String[] namespace) {
        return COLUMNS.keySet().stream().map(name -> Identifier.of(namespace, name)).toArray(Identifier[]::new);
    }
}
