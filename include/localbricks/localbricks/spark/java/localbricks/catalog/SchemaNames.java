package localbricks.catalog;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.spark.sql.catalyst.analysis.NoSuchNamespaceException;

/**
 * Where the schemas of one catalog lie in the metastore, which knows databases but no catalogs.
 *
 * <p>Schema `silver` of catalog `dev` is database `dev__silver`. A catalog's name holds no `__` and ends with no `_`, so
 * that the first `__` of a database's name ends its catalog, whatever the schema is called. `hive_metastore` has no
 * prefix: its schemas are the databases that belong to no other catalog.
 */
final class SchemaNames {
    static final String DEFAULT = "default";
    private static final Pattern VALID = Pattern.compile("\\w+");
    private static final String END = "__";
    private final String catalog;
    private final boolean prefixed;

    SchemaNames(String catalog, boolean prefixed) {
        this.catalog = catalog;
        this.prefixed = prefixed;
    }

    /** The database of a schema. Throws NoSuchNamespaceException for `a.b`, and a refusal for a name it cannot keep. */
    String database(String[] namespace) {
        if (namespace.length != 1) {
            throw Refusals.unchecked(new NoSuchNamespaceException(withCatalog(namespace)));
        }
        String schema = namespace[0].toLowerCase(Locale.ROOT);
        if (!VALID.matcher(schema).matches()) {
            throw Refusals.badName(namespace[0]);
        }
        if (schema.equals(Workspace.INFORMATION_SCHEMA)) {
            throw prefixed ? Refusals.notSupported("writing to information_schema", "it can only be read.")
                : Refusals.notSupported(catalog + ".information_schema", "ask another catalog's, or system's.");
        }
        if (!prefixed && owner(schema).isPresent()) {
            throw Refusals.notSupported("the schema " + catalog + "." + schema, "that name is where catalog "
                + owner(schema).get() + " keeps its schema " + schema.substring(owner(schema).get().length() + 2) + ".");
        }
        return prefixed ? catalog + END + schema : schema;
    }

    /** The schema of a database; empty when the database belongs to another catalog. */
    Optional<String> schema(String database) {
        if (!prefixed) {
            return owner(database).isPresent() ? Optional.empty() : Optional.of(database);
        }
        boolean ours = database.startsWith(catalog + END);
        return ours ? Optional.of(database.substring(catalog.length() + END.length())) : Optional.empty();
    }

    /** `hive_metastore` has no `information_schema`, here as on a hosted workspace. */
    boolean haveInformation() {
        return prefixed;
    }

    String[] withCatalog(String[] namespace) {
        String[] full = new String[namespace.length + 1];
        full[0] = catalog;
        System.arraycopy(namespace, 0, full, 1, namespace.length);
        return full;
    }

    /** The catalog that a database belongs to by its name. */
    private Optional<String> owner(String database) {
        return Workspace.catalogs().stream()
            .filter(other -> !other.equals(catalog) && database.startsWith(other + END)).findFirst();
    }
}
