package localbricks.catalog;

import org.apache.spark.sql.AnalysisException;
import scala.Option;
import scala.collection.immutable.Map;

/** Errors that name what is refused and what to write instead. */
public final class Refusals {
    private Refusals() {}

    public static UnsupportedOperationException notSupported(String what, String instead) {
        return new UnsupportedOperationException("[NOT_SUPPORTED_LOCALLY] " + what
            + " is not supported by the local workspace: " + instead + " SQLSTATE: 0A000");
    }

    /** The metastore takes letters, digits and underscores; a hosted workspace would take more. */
    static RuntimeException badName(String name) {
        return unchecked(new AnalysisException("INVALID_SCHEMA_OR_RELATION_NAME",
            new Map.Map1<>("name", "`" + name.replace("`", "``") + "`")));
    }

    /** In the words of a hosted workspace; Spark would name a setting that nobody is to make. */
    static RuntimeException noSuchCatalog(String name) {
        String known = String.join(", ", Workspace.catalogs());
        return unchecked(new AnalysisException("NO_SUCH_CATALOG_EXCEPTION", "42704",
            "Catalog '<catalog>' was not found; there are <known>.",
            new Map.Map2<>("catalog", name, "known", known), Option.empty(), Option.empty()));
    }

    public static RuntimeException noSuchColumn(String column, String[] columns) {
        return unchecked(new AnalysisException("UNRESOLVED_COLUMN.WITH_SUGGESTION", new Map.Map2<>("objectName",
            "`" + column.replace("`", "``") + "`", "proposal", "`" + String.join("`, `", columns) + "`")));
    }

    /** Spark's interfaces declare few of the checked exceptions that Spark itself throws through them. */
    public static RuntimeException unchecked(Exception error) {
        return Refusals.<RuntimeException>thrown(error);
    }

    @SuppressWarnings("unchecked")
    private static <E extends Exception> RuntimeException thrown(Exception error) throws E {
        throw (E) error;
    }
}
