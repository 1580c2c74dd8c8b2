package localbricks.catalog;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.sql.catalyst.analysis.NamespaceAlreadyExistsException;
import org.apache.spark.sql.catalyst.analysis.NoSuchNamespaceException;
import org.apache.spark.sql.catalyst.analysis.NonEmptyNamespaceException;
import org.apache.spark.sql.catalyst.catalog.CatalogDatabase;
import org.apache.spark.sql.catalyst.catalog.SessionCatalog;
import org.apache.spark.sql.connector.catalog.NamespaceChange;
import org.apache.spark.sql.connector.catalog.SupportsNamespaces;

/** The schemas of a catalog. Each catalog has `default` and can be asked for `information_schema`. */
abstract class Schemas extends DeltaTables implements SupportsNamespaces {
    private static final Set<String> WITH_DEFAULT = ConcurrentHashMap.newKeySet();

    @Override
    public String[] defaultNamespace() {
        return new String[] {SchemaNames.DEFAULT};
    }

    protected boolean isInformation(String[] namespace) {
        return names.haveInformation() && namespace.length == 1
            && namespace[0].equalsIgnoreCase(Workspace.INFORMATION_SCHEMA);
    }

    @Override
    public String[][] listNamespaces() throws NoSuchNamespaceException {
        makeDefault();
        Set<String> schemas = new TreeSet<>();
        for (String[] database : delta().listNamespaces()) {
            names.schema(database[0]).ifPresent(schemas::add);
        }
        if (names.haveInformation()) {
            schemas.add(Workspace.INFORMATION_SCHEMA);
        }
        return schemas.stream().map(schema -> new String[] {schema}).toArray(String[][]::new);
    }

    @Override
    public String[][] listNamespaces(String[] namespace) throws NoSuchNamespaceException {
        if (namespace.length == 0) {
            return listNamespaces();
        }
        if (!namespaceExists(namespace)) {
            throw new NoSuchNamespaceException(names.withCatalog(namespace));
        }
        return new String[0][];
    }

    @Override
    public boolean namespaceExists(String[] namespace) {
        if (namespace.length != 1) {
            return false;
        }
        makeDefault();
        return isInformation(namespace) || delta().namespaceExists(database(namespace));
    }

    @Override
    public Map<String, String> loadNamespaceMetadata(String[] namespace) throws NoSuchNamespaceException {
        return isInformation(namespace) ? Map.of() : delta().loadNamespaceMetadata(existing(namespace));
    }

    @Override
    public void createNamespace(String[] namespace, Map<String, String> metadata) throws NamespaceAlreadyExistsException {
        if (namespaceExists(namespace)) {
            throw new NamespaceAlreadyExistsException(names.withCatalog(namespace));
        }
        delta().createNamespace(database(namespace), metadata);
    }

    @Override
    public void alterNamespace(String[] namespace, NamespaceChange... changes) throws NoSuchNamespaceException {
        for (NamespaceChange change : changes) {
            if (change instanceof NamespaceChange.SetProperty set && set.property().equals(SupportsNamespaces.PROP_COMMENT)) {
                // The metastore would answer well and keep the old one.
                throw Refusals.notSupported("changing the comment of schema " + String.join(".", names.withCatalog(namespace)),
                    "give it with CREATE SCHEMA ... COMMENT.");
            }
        }
        delta().alterNamespace(existing(namespace), changes);
    }

    @Override
    public boolean dropNamespace(String[] namespace, boolean cascade)
            throws NoSuchNamespaceException, NonEmptyNamespaceException {
        if (namespace.length == 1 && namespace[0].equalsIgnoreCase(SchemaNames.DEFAULT)) {
            throw Refusals.notSupported("dropping the schema default", "drop its tables.");
        }
        String[] database = existing(namespace);
        if (!cascade && described(namespace).length > 0) {
            throw new NonEmptyNamespaceException(names.withCatalog(namespace));
        }
        return delta().dropNamespace(database, cascade);
    }

    private String[] database(String[] namespace) {
        return new String[] {names.database(namespace)};
    }

    private String[] existing(String[] namespace) throws NoSuchNamespaceException {
        if (!namespaceExists(namespace)) {
            throw new NoSuchNamespaceException(names.withCatalog(namespace));
        }
        return database(namespace);
    }

    /** As on a hosted workspace, `default` comes with its catalog; the first who looks makes it. */
    private void makeDefault() {
        if (WITH_DEFAULT.contains(name)) {
            return;
        }
        SessionCatalog metastore = Workspace.metastore();
        String database = names.database(defaultNamespace());
        if (!metastore.databaseExists(database)) {
            metastore.createDatabase(new CatalogDatabase(database, "", metastore.getDefaultDBPath(database),
                scala.collection.immutable.Map$.MODULE$.empty()), true);
        }
        WITH_DEFAULT.add(name);
    }
}
