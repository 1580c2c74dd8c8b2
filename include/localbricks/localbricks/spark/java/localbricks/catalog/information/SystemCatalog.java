package localbricks.catalog.information;

import java.util.Map;
import localbricks.catalog.Refusals;
import localbricks.catalog.Workspace;
import org.apache.spark.sql.catalyst.analysis.NoSuchNamespaceException;
import org.apache.spark.sql.catalyst.analysis.NoSuchTableException;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.NamespaceChange;
import org.apache.spark.sql.connector.catalog.SupportsNamespaces;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableCatalog;
import org.apache.spark.sql.connector.catalog.TableChange;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/** The catalog `system`: one `information_schema` over all catalogs of the workspace, to be read only. */
public final class SystemCatalog implements TableCatalog, SupportsNamespaces {
    private String name;

    @Override
    public void initialize(String catalog, CaseInsensitiveStringMap options) {
        name = catalog;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String[] defaultNamespace() {
        return new String[] {Workspace.INFORMATION_SCHEMA};
    }

    @Override
    public boolean namespaceExists(String[] namespace) {
        return namespace.length == 1 && namespace[0].equalsIgnoreCase(Workspace.INFORMATION_SCHEMA);
    }

    @Override
    public String[][] listNamespaces() {
        return new String[][] {defaultNamespace()};
    }

    @Override
    public String[][] listNamespaces(String[] namespace) {
        return namespace.length == 0 ? listNamespaces() : new String[0][];
    }

    @Override
    public Map<String, String> loadNamespaceMetadata(String[] namespace) throws NoSuchNamespaceException {
        if (!namespaceExists(namespace)) {
            throw new NoSuchNamespaceException(namespace);
        }
        return Map.of();
    }

    @Override
    public Identifier[] listTables(String[] namespace) throws NoSuchNamespaceException {
        loadNamespaceMetadata(namespace);
        return InformationSchema.tables(namespace);
    }

    @Override
    public Table loadTable(Identifier table) throws NoSuchTableException {
        if (!namespaceExists(table.namespace())) {
            throw new NoSuchTableException(table);
        }
        return InformationSchema.table(table, Workspace.catalogs());
    }

    @Override
    public void createNamespace(String[] namespace, Map<String, String> metadata) {
        throw readOnly();
    }

    @Override
    public void alterNamespace(String[] namespace, NamespaceChange... changes) {
        throw readOnly();
    }

    @Override
    public boolean dropNamespace(String[] namespace, boolean cascade) {
        throw readOnly();
    }

    @Override
    public Table createTable(Identifier table, org.apache.spark.sql.connector.catalog.Column[] columns,
            org.apache.spark.sql.connector.expressions.Transform[] partitions, Map<String, String> properties) {
        throw readOnly();
    }

    @Override
    public Table alterTable(Identifier table, TableChange... changes) {
        throw readOnly();
    }

    @Override
    public boolean dropTable(Identifier table) {
        throw readOnly();
    }

    @Override
    public void renameTable(Identifier from, Identifier to) {
        throw readOnly();
    }

    private UnsupportedOperationException readOnly() {
        return Refusals.notSupported("changing the catalog " + name, "it can only be read.");
    }
}
