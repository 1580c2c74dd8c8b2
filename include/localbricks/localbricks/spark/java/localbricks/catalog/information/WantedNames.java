package localbricks.catalog.information;

import java.util.Arrays;
import java.util.Map;
import org.apache.spark.sql.sources.And;
import org.apache.spark.sql.sources.EqualTo;
import org.apache.spark.sql.sources.Filter;
import org.apache.spark.sql.sources.In;
import org.apache.spark.sql.sources.Or;

/** What a query's filters say about names, so that tables it cannot mean are not opened. */
record WantedNames(Filter[] filters) {

    /** Whether a row with these values can be wanted; a filter on anything else wants every row. */
    boolean may(Map<String, Object> known) {
        return Arrays.stream(filters).allMatch(filter -> may(filter, known));
    }

    private static boolean may(Filter filter, Map<String, Object> known) {
        if (filter instanceof And both) {
            return may(both.left(), known) && may(both.right(), known);
        }
        if (filter instanceof Or either) {
            return may(either.left(), known) || may(either.right(), known);
        }
        if (filter instanceof EqualTo equal && known.containsKey(equal.attribute())) {
            return known.get(equal.attribute()).equals(equal.value());
        }
        if (filter instanceof In in && known.containsKey(in.attribute())) {
            return Arrays.asList(in.values()).contains(known.get(in.attribute()));
        }
        return true;
    }
}
