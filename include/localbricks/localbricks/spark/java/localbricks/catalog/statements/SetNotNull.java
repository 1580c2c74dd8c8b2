package localbricks.catalog.statements;

import java.util.Arrays;
import java.util.List;
import localbricks.catalog.Refusals;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.analysis.ResolvedTable;
import org.apache.spark.sql.catalyst.analysis.UnresolvedAttribute;
import org.apache.spark.sql.catalyst.plans.logical.AlterColumnSpec;
import org.apache.spark.sql.catalyst.plans.logical.AlterColumns;
import org.apache.spark.sql.delta.DeltaErrors;
import org.apache.spark.sql.delta.DeltaOperations;
import org.apache.spark.sql.delta.OptimisticTransaction;
import org.apache.spark.sql.delta.actions.Metadata;
import org.apache.spark.sql.delta.catalog.DeltaTableV2;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.Option;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * `ALTER TABLE ... ALTER COLUMN ... SET NOT NULL`, which open-source Spark refuses: rows are checked, then it holds.
 *
 * <p>One transaction reads all rows and changes the schema, so that no row without a value can come in between.
 */
public final class SetNotNull extends WorkspaceCommand {
    private final AlterColumns statement;

    public SetNotNull(AlterColumns statement) {
        super(statement, Scala.seq(List.of()));
        this.statement = statement;
    }

    /** Whether the statement forbids nulls in a column that may hold them now. */
    public static boolean isOne(AlterColumns statement) {
        return CollectionConverters.asJava(statement.specs()).stream().anyMatch(SetNotNull::forbidsNulls);
    }

    private static boolean forbidsNulls(AlterColumnSpec spec) {
        return spec.newNullability().isDefined() && spec.newNullability().get().equals(false);
    }

    @Override
    public Seq<Row> run(SparkSession session) {
        ResolvedTable table = (ResolvedTable) analyzed(statement.table());
        String name = table.catalog().name() + "." + table.identifier();
        if (!(table.table() instanceof DeltaTableV2 delta)) {
            throw Refusals.notSupported("SET NOT NULL for " + name, "it is no Delta table.");
        }
        OptimisticTransaction transaction = delta.startTransaction(Option.empty());
        StructField field = field(transaction.metadata().schema(), column(name));
        check(transaction, field, name);
        transaction.updateMetadata(withoutNulls(transaction.metadata(), field), false);
        transaction.commit(Scala.seq(List.of()),
            new DeltaOperations.ChangeColumn(Scala.seq(List.of()), field.name(), notNull(field), Option.empty()));
        return Scala.seq(List.of());
    }

    private String column(String table) {
        List<AlterColumnSpec> changes = CollectionConverters.asJava(statement.specs());
        if (changes.size() != 1) {
            throw Refusals.notSupported("SET NOT NULL beside other changes of " + table, "alter each column by itself.");
        }
        List<String> path = CollectionConverters.asJava(changes.get(0).column().name());
        if (path.size() != 1) {
            throw Refusals.notSupported("SET NOT NULL for the nested field " + String.join(".", path) + " of " + table,
                "add a CHECK constraint.");
        }
        return path.get(0);
    }

    private static StructField field(StructType schema, String column) {
        return Arrays.stream(schema.fields()).filter(field -> field.name().equalsIgnoreCase(column)).findFirst()
            .orElseThrow(() -> Refusals.noSuchColumn(column, schema.fieldNames()));
    }

    private static void check(OptimisticTransaction transaction, StructField field, String table) {
        UnresolvedAttribute column = UnresolvedAttribute.quoted(field.name());
        long violating = transaction.deltaLog()
            .createDataFrame(transaction.snapshot(), transaction.filterFiles(), false, Option.empty())
            .filter(functions.col("`" + field.name().replace("`", "``") + "`").isNull()).count();
        if (violating > 0) {
            throw Refusals.unchecked(DeltaErrors.newNotNullViolated(violating, table, column));
        }
    }

    private static StructField notNull(StructField field) {
        return new StructField(field.name(), field.dataType(), false, field.metadata());
    }

    private static Metadata withoutNulls(Metadata before, StructField changed) {
        StructField[] fields = Arrays.stream(before.schema().fields())
            .map(field -> field.name().equals(changed.name()) ? notNull(field) : field).toArray(StructField[]::new);
        return before.copy(before.id(), before.name(), before.description(), before.format(), new StructType(fields).json(),
            before.partitionColumns(), before.configuration(), before.createdTime());
    }
}
