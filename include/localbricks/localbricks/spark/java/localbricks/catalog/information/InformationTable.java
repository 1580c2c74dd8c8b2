package localbricks.catalog.information;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import localbricks.catalog.Workspace;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.connector.catalog.CatalogV2Util;
import org.apache.spark.sql.connector.catalog.Column;
import org.apache.spark.sql.connector.catalog.SupportsRead;
import org.apache.spark.sql.connector.catalog.TableCapability;
import org.apache.spark.sql.connector.read.LocalScan;
import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.connector.read.ScanBuilder;
import org.apache.spark.sql.connector.read.SupportsPushDownFilters;
import org.apache.spark.sql.connector.read.SupportsPushDownRequiredColumns;
import org.apache.spark.sql.sources.Filter;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;
import org.apache.spark.unsafe.types.UTF8String;

/** A relation whose rows are made when it is read: only those and only the columns that the query can need. */
record InformationTable(String name, StructType rowType, List<String> catalogs, Source source) implements SupportsRead {

    /** Gives the rows of some catalogs; a value may be a Supplier, which is asked only when its column is read. */
    interface Source {
        void rows(List<String> catalogs, WantedNames wanted, Consumer<Map<String, Object>> row);
    }

    @Override
    public Column[] columns() {
        return CatalogV2Util.structTypeToV2Columns(rowType, false);
    }

    @Override
    public Set<TableCapability> capabilities() {
        return Set.of(TableCapability.BATCH_READ);
    }

    @Override
    public ScanBuilder newScanBuilder(CaseInsensitiveStringMap options) {
        return new Builder();
    }

    private final class Builder implements SupportsPushDownFilters, SupportsPushDownRequiredColumns {
        private StructType read = rowType;
        private Filter[] filters = new Filter[0];

        @Override
        public void pruneColumns(StructType required) {
            read = required;
        }

        @Override
        public Filter[] pushFilters(Filter[] given) {
            filters = given;
            return given; // They spare work only: Spark still applies each to the rows.
        }

        @Override
        public Filter[] pushedFilters() {
            return new Filter[0];
        }

        @Override
        public Scan build() {
            return new Rows(InformationTable.this, read, new WantedNames(filters));
        }
    }

    private record Rows(InformationTable table, StructType read, WantedNames wanted) implements LocalScan {
        @Override
        public StructType readSchema() {
            return read;
        }

        @Override
        public String description() {
            return Workspace.INFORMATION_SCHEMA + "." + table.name();
        }

        @Override
        public InternalRow[] rows() {
            List<InternalRow> rows = new ArrayList<>();
            table.source().rows(table.catalogs(), wanted, values -> rows.add(row(values)));
            return rows.toArray(InternalRow[]::new);
        }

        private InternalRow row(Map<String, Object> values) {
            Object[] fields = new Object[read.length()];
            for (int i = 0; i < fields.length; i++) {
                fields[i] = internal(values.get(read.fieldNames()[i]));
            }
            return new GenericInternalRow(fields);
        }

        private static Object internal(Object value) {
            Object known = value instanceof Supplier<?> later ? later.get() : value;
            return known instanceof String text ? UTF8String.fromString(text) : known;
        }
    }
}
