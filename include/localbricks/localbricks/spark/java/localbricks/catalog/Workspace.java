package localbricks.catalog;

import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.sql.catalyst.catalog.SessionCatalog;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.sql.connector.catalog.CatalogManager;
import scala.jdk.javaapi.CollectionConverters;

/** The session that asks, and what every part of the workspace's catalogs needs of it. */
public final class Workspace {
    public static final String INFORMATION_SCHEMA = "information_schema";
    private static final String CONF = "spark.sql.catalog.";

    private Workspace() {}

    public static SparkSession session() {
        return SparkSession.active();
    }

    static CatalogManager manager() {
        return session().sessionState().catalogManager();
    }

    /** The metastore's own view of things: databases and tables, no catalogs. */
    static SessionCatalog metastore() {
        return session().sessionState().catalog();
    }

    /** Names of all catalogs of the workspace, in alphabetical order, `system` and `spark_catalog` left out. */
    public static List<String> catalogs() {
        return CollectionConverters.asJava(session().conf().getAll()).entrySet().stream()
            .filter(entry -> entry.getValue().equals(WorkspaceCatalog.class.getName()))
            .map(entry -> entry.getKey().substring(CONF.length()))
            .sorted().collect(Collectors.toList());
    }

    public static WorkspaceCatalog catalog(String name) {
        return (WorkspaceCatalog) manager().catalog(name);
    }
}
