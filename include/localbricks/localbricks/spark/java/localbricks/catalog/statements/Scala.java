package localbricks.catalog.statements;

import java.util.HashMap;
import java.util.List;
import scala.collection.immutable.Map;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** Java's collections as Scala's immutable ones. */
final class Scala {
    private Scala() {}

    static <T> Seq<T> seq(List<T> values) {
        return scala.collection.immutable.List.from(CollectionConverters.asScala(values));
    }

    static <V> Map<String, V> map(java.util.Map<String, V> values) {
        return Map.from(CollectionConverters.asScala(values));
    }

    /** Both, the second's values first. */
    static <V> Map<String, V> merged(Map<String, V> values, Map<String, V> winning) {
        java.util.Map<String, V> all = new HashMap<>(CollectionConverters.asJava(values));
        all.putAll(CollectionConverters.asJava(winning));
        return map(all);
    }
}
