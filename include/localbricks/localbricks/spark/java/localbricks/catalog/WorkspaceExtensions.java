package localbricks.catalog;

import org.apache.spark.sql.SparkSessionExtensions;
import scala.runtime.AbstractFunction1;
import scala.runtime.BoxedUnit;

/** For `spark.sql.extensions`, after Delta's: what Databricks SQL says about catalogs, in every driver. */
public final class WorkspaceExtensions extends AbstractFunction1<SparkSessionExtensions, BoxedUnit> {
    @Override
    public BoxedUnit apply(SparkSessionExtensions extensions) {
        extensions.injectParser((session, parser) -> new WorkspaceParser(parser));
        return BoxedUnit.UNIT;
    }
}
