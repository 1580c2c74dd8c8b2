package localbricks.catalog;

import io.delta.sql.parser.DeltaSqlParser;
import org.apache.spark.sql.catalyst.parser.NamedParameterContext;
import org.apache.spark.sql.catalyst.parser.ParameterContext;
import org.apache.spark.sql.catalyst.parser.ParseException;
import org.apache.spark.sql.catalyst.parser.ParserInterface;
import org.apache.spark.sql.catalyst.parser.PositionalParameterContext;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.internal.SQLConf;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Spark's parser below Delta's, which binds the parameters that Delta's own (4.4.0) does not hand on.
 *
 * <p>Spark binds while it parses (`ParserInterface.parsePlanWithParameters`); without this every marker would be unbound.
 */
final class BindingParser extends DelegatingParser {
    private static final int IN_ORDER = 4;
    private final ParameterContext parameters;
    private boolean asked;
    private Exception refused;

    private BindingParser(ParserInterface spark, ParameterContext parameters) {
        super(spark);
        this.parameters = parameters;
    }

    /** The plan of a statement with its parameters. Refuses statements of Delta's own grammar, which has no markers. */
    static LogicalPlan parsePlan(DeltaSqlParser delta, String sql, ParameterContext parameters) throws ParseException {
        if (isEmpty(parameters)) {
            return delta.parsePlan(sql);
        }
        if (SQLConf.get().escapedStringLiterals()) {
            throw Refusals.notSupported("a parameter where spark.sql.parser.escapedStringLiterals is on",
                "Spark would double its backslashes; turn the setting off.");
        }
        if (parameters instanceof PositionalParameterContext positional
                && CollectionConverters.asJava(positional.params()).size() > IN_ORDER) {
            throw Refusals.notSupported("a statement with more than " + IN_ORDER + " parameters without names",
                "Spark 4.2 mixes them up; give them names.");
        }
        BindingParser spark = new BindingParser(delta.delegate(), parameters);
        LogicalPlan plan = spark.belowDelta(ParameterMarkers.setApart(sql));
        if (!spark.asked) {
            throw Refusals.notSupported("a parameter in a statement of Delta's own (" + plan.nodeName() + ")",
                "write the value into the statement.");
        }
        return plan;
    }

    /** Delta's parser (4.4.0) around this one: it wraps an error of binding in a condition that has no message. */
    private LogicalPlan belowDelta(String sql) throws ParseException {
        try {
            return new DeltaSqlParser(this).parsePlan(sql);
        } catch (Exception wrapped) {
            throw Refusals.unchecked(refused == null ? wrapped : refused);
        }
    }

    private static boolean isEmpty(ParameterContext parameters) {
        if (parameters instanceof NamedParameterContext named) {
            return !named.params().iterator().hasNext();
        }
        return parameters instanceof PositionalParameterContext positional && !positional.params().iterator().hasNext();
    }

    @Override
    public LogicalPlan parsePlan(String sql) throws ParseException {
        asked = true;
        try {
            return next.parsePlanWithParameters(sql, parameters);
        } catch (ParseException error) {
            throw error;
        } catch (Exception error) {
            refused = error;
            throw error;
        }
    }
}
