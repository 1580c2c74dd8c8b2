package localbricks.catalog;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.catalyst.analysis.NoSuchNamespaceException;
import org.apache.spark.sql.catalyst.analysis.NoSuchTableException;
import org.apache.spark.sql.catalyst.analysis.TableAlreadyExistsException;
import org.apache.spark.sql.catalyst.catalog.CatalogTable;
import org.apache.spark.sql.catalyst.catalog.ExternalCatalog;
import org.apache.spark.sql.connector.catalog.Column;
import org.apache.spark.sql.connector.catalog.DelegatingCatalogExtension;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.StagedTable;
import org.apache.spark.sql.connector.catalog.StagingTableCatalog;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableCatalogCapability;
import org.apache.spark.sql.connector.catalog.TableChange;
import org.apache.spark.sql.connector.catalog.TableInfo;
import org.apache.spark.sql.connector.catalog.TableSummary;
import org.apache.spark.sql.connector.expressions.Transform;
import org.apache.spark.sql.connector.metric.CustomMetric;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;
import scala.jdk.javaapi.CollectionConverters;

/** The tables of a catalog: Delta's own catalog does the work, on the database behind the schema. */
abstract class DeltaTables implements StagingTableCatalog {
    private static final String PROVIDER = "provider";
    protected String name;
    protected SchemaNames names;

    @Override
    public void initialize(String catalog, CaseInsensitiveStringMap options) {
        name = catalog;
        names = new SchemaNames(catalog, options.getBoolean("prefixed", true));
    }

    @Override
    public String name() {
        return name;
    }

    protected static DelegatingCatalogExtension delta() {
        return (DelegatingCatalogExtension) Workspace.manager().v2SessionCatalog();
    }

    private static StagingTableCatalog staging() {
        return (StagingTableCatalog) delta();
    }

    /** Where the table lies in the metastore. */
    protected Identifier at(Identifier table) {
        return Identifier.of(new String[] {names.database(table.namespace())}, table.name());
    }

    /** A new name as a statement gives it: alone, with its schema, or with its catalog too. */
    protected Identifier renamed(Identifier from, Identifier to) {
        String[] namespace = to.namespace();
        if (namespace.length == 2 && namespace[0].equalsIgnoreCase(name)) {
            namespace = new String[] {namespace[1]};
        }
        String[] target = namespace.length == 0 ? from.namespace() : namespace;
        if (target.length != 1 || !names.database(target).equals(names.database(from.namespace()))) {
            throw Refusals.notSupported("renaming " + from + " of catalog " + name + " to " + to,
                "a table keeps its catalog and schema; make a copy with CREATE TABLE ... AS SELECT.");
        }
        return Identifier.of(target, to.name());
    }

    @Override
    public Set<TableCatalogCapability> capabilities() {
        return delta().capabilities();
    }

    @Override
    public CustomMetric[] supportedCustomMetrics() {
        return staging().supportedCustomMetrics();
    }

    /** Tables and views alike, as the metastore describes them. */
    public CatalogTable[] described(String[] namespace) throws NoSuchNamespaceException {
        String database = names.database(namespace);
        ExternalCatalog metastore = Workspace.metastore().externalCatalog();
        if (!metastore.databaseExists(database)) {
            throw new NoSuchNamespaceException(names.withCatalog(namespace));
        }
        return CollectionConverters.asJava(metastore.getTablesByName(database, metastore.listTables(database)))
            .toArray(CatalogTable[]::new);
    }

    @Override
    public TableSummary[] listTableSummaries(String[] namespace) throws NoSuchNamespaceException, NoSuchTableException {
        return Arrays.stream(described(namespace)).filter(table -> !MetastoreViews.isView(table))
            .map(table -> TableSummary.of(Identifier.of(namespace, table.identifier().table()), table.tableType().name()))
            .toArray(TableSummary[]::new);
    }

    @Override
    public Identifier[] listTables(String[] namespace) throws NoSuchNamespaceException {
        String database = names.database(namespace);
        ExternalCatalog metastore = Workspace.metastore().externalCatalog();
        if (!metastore.databaseExists(database)) {
            throw new NoSuchNamespaceException(names.withCatalog(namespace));
        }
        Set<String> views = new HashSet<>(CollectionConverters.asJava(metastore.listViews(database, "*")));
        return CollectionConverters.asJava(metastore.listTables(database)).stream()
            .filter(table -> !views.contains(table)).map(table -> Identifier.of(namespace, table))
            .toArray(Identifier[]::new);
    }

    @Override
    public Table loadTable(Identifier table, String version) throws NoSuchTableException {
        return delta().loadTable(at(table), version);
    }

    @Override
    public Table loadTable(Identifier table, long timestamp) throws NoSuchTableException {
        return delta().loadTable(at(table), timestamp);
    }

    @Override
    public void invalidateTable(Identifier table) {
        delta().invalidateTable(at(table));
    }

    @Override
    public Table createTable(Identifier table, Column[] columns, Transform[] partitions, Map<String, String> properties)
            throws TableAlreadyExistsException, NoSuchNamespaceException {
        return delta().createTable(created(table, properties), columns, partitions, properties);
    }

    @Override
    public Table createTableLike(Identifier table, TableInfo info, Table source)
            throws TableAlreadyExistsException, NoSuchNamespaceException {
        return delta().createTableLike(created(table, info.properties()), info, source);
    }

    @Override
    public Table alterTable(Identifier table, TableChange... changes) throws NoSuchTableException {
        return delta().alterTable(at(table), changes);
    }

    @Override
    public boolean dropTable(Identifier table) {
        return tableExists(table) && delta().dropTable(at(table));
    }

    @Override
    public boolean purgeTable(Identifier table) {
        return tableExists(table) && delta().purgeTable(at(table));
    }

    @Override
    public void renameTable(Identifier from, Identifier to) throws NoSuchTableException, TableAlreadyExistsException {
        Identifier target = renamed(from, to);
        if (stored(target).isPresent()) {
            throw new TableAlreadyExistsException(full(target));
        }
        delta().renameTable(at(from), at(target));
    }

    @Override
    public StagedTable stageCreate(Identifier table, Column[] columns, Transform[] partitions, Map<String, String> properties)
            throws TableAlreadyExistsException, NoSuchNamespaceException {
        return staging().stageCreate(created(table, properties), columns, partitions, properties);
    }

    @Override
    public StagedTable stageCreate(Identifier table, TableInfo info)
            throws TableAlreadyExistsException, NoSuchNamespaceException {
        return staging().stageCreate(created(table, info.properties()), info);
    }

    @Override
    public StagedTable stageReplace(Identifier table, Column[] columns, Transform[] partitions, Map<String, String> properties)
            throws NoSuchTableException, NoSuchNamespaceException {
        return staging().stageReplace(created(table, properties), columns, partitions, properties);
    }

    @Override
    public StagedTable stageReplace(Identifier table, TableInfo info) throws NoSuchTableException, NoSuchNamespaceException {
        return staging().stageReplace(created(table, info.properties()), info);
    }

    @Override
    public StagedTable stageCreateOrReplace(
            Identifier table, Column[] columns, Transform[] partitions, Map<String, String> properties)
            throws NoSuchNamespaceException {
        return staging().stageCreateOrReplace(created(table, properties), columns, partitions, properties);
    }

    @Override
    public StagedTable stageCreateOrReplace(Identifier table, TableInfo info) throws NoSuchNamespaceException {
        return staging().stageCreateOrReplace(created(table, info.properties()), info);
    }

    /** Where a new table goes. Refuses what is no Delta table, and throws NoSuchNamespaceException for a missing schema. */
    private Identifier created(Identifier table, Map<String, String> properties) throws NoSuchNamespaceException {
        String provider = properties.getOrDefault(PROVIDER, "delta");
        if (!provider.toLowerCase(Locale.ROOT).equals("delta")) {
            throw Refusals.notSupported("USING " + provider + " for " + names.withCatalog(table.namespace())[0] + "." + table,
                "tables are Delta tables; leave USING out, or read files with " + provider + ".`path`.");
        }
        Identifier place = at(table);
        if (!Workspace.metastore().databaseExists(place.namespace()[0])) {
            throw new NoSuchNamespaceException(names.withCatalog(table.namespace()));
        }
        if (stored(table).filter(MetastoreViews::isView).isPresent()) {
            throw Refusals.unchecked(new TableAlreadyExistsException(full(table)));
        }
        return place;
    }

    /** The table or view of that name, as the metastore describes it. */
    private Optional<CatalogTable> stored(Identifier table) {
        Identifier place = at(table);
        ExternalCatalog metastore = Workspace.metastore().externalCatalog();
        String database = place.namespace()[0];
        String lower = place.name().toLowerCase(Locale.ROOT);
        return metastore.tableExists(database, lower) ? Optional.of(metastore.getTable(database, lower)) : Optional.empty();
    }

    private Identifier full(Identifier table) {
        return Identifier.of(names.withCatalog(table.namespace()), table.name());
    }
}
