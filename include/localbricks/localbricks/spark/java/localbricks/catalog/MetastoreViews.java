package localbricks.catalog;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.TableIdentifier;
import org.apache.spark.sql.catalyst.analysis.TableAlreadyExistsException;
import org.apache.spark.sql.catalyst.catalog.CatalogTable;
import org.apache.spark.sql.catalyst.catalog.CatalogTableType;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.TableCatalog;
import org.apache.spark.sql.connector.catalog.V1Table;
import org.apache.spark.sql.connector.catalog.View;
import scala.Option;
import scala.collection.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** Views in the metastore, in the form in which Spark keeps its own: query, columns, and where names were looked up. */
public final class MetastoreViews {
    /** Properties with this prefix are the definition; Spark writes and reads them. */
    private static final String OF_DEFINITION = "view.";

    private static final String WRITTEN_BY_HIVE = "transient_lastDdlTime";

    private MetastoreViews() {}

    public static boolean isView(CatalogTable stored) {
        return stored.tableType().equals(CatalogTableType.VIEW());
    }

    static View view(CatalogTable stored) {
        String[] lookedUpIn = strings(stored.viewCatalogAndNamespace());
        View.Builder view = new View.Builder()
            .withQueryText(stored.viewText().get())
            .withCurrentCatalog(lookedUpIn[0])
            .withCurrentNamespace(Arrays.copyOfRange(lookedUpIn, 1, lookedUpIn.length))
            .withSqlConfigs(CollectionConverters.asJava(stored.viewSQLConfigs()))
            .withSchemaMode(stored.viewSchemaMode().toString())
            .withQueryColumnNames(strings(stored.viewQueryColumnNames()))
            .withSchema(stored.schema())
            .withProperties(properties(stored))
            .withOwner(stored.owner());
        return stored.comment().isDefined() ? view.withComment(stored.comment().get()).build() : view.build();
    }

    static void create(Identifier place, View definition) throws TableAlreadyExistsException {
        Workspace.metastore().createTable(stored(place, definition), false, false);
    }

    static void replace(Identifier place, View definition) {
        Workspace.metastore().alterTable(stored(place, definition));
    }

    static boolean drop(Identifier place) {
        Workspace.metastore().dropTable(name(place), true, false);
        return true;
    }

    static void rename(Identifier from, Identifier to) throws TableAlreadyExistsException {
        Workspace.metastore().renameTable(name(from), name(to));
    }

    private static CatalogTable stored(Identifier place, View definition) {
        return V1Table.toCatalogTable(Workspace.manager().v2SessionCatalog(), place, definition);
    }

    private static TableIdentifier name(Identifier place) {
        return new TableIdentifier(place.name(), Option.apply(place.namespace()[0]));
    }

    private static Map<String, String> properties(CatalogTable stored) {
        Map<String, String> properties = new HashMap<>(CollectionConverters.asJava(stored.properties()));
        properties.keySet().removeIf(key -> key.startsWith(OF_DEFINITION));
        properties.keySet().removeAll(List.of(TableCatalog.PROP_COMMENT, WRITTEN_BY_HIVE));
        return properties;
    }

    private static String[] strings(Seq<String> values) {
        return CollectionConverters.asJava(values).toArray(String[]::new);
    }
}
