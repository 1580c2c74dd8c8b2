package localbricks.catalog.statements;

import java.util.List;
import localbricks.catalog.Workspace;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.plans.logical.Command;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.execution.CommandExecutionMode;
import org.apache.spark.sql.execution.command.LeafRunnableCommand;
import scala.Enumeration;
import scala.Function1;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Map;
import scala.collection.immutable.Seq;

/**
 * A statement that open-source Delta does not carry out as Databricks does, and that is carried out here instead.
 *
 * <p>It holds the statement as it was parsed, and resolves it when it runs. What is below is what Scala would write by
 * itself for a case class of one field.
 */
abstract class WorkspaceCommand extends LogicalPlan implements LeafRunnableCommand {
    private final LogicalPlan statement;
    private final Seq<Attribute> output;
    private Seq<Enumeration.Value> patterns;

    WorkspaceCommand(LogicalPlan statement, Seq<Attribute> output) {
        this.statement = statement;
        this.output = output;
        Command.$init$(this);
    }

    /** The plan with names resolved. Throws what Spark throws for a name that is not there. */
    static LogicalPlan analyzed(LogicalPlan plan) {
        return Workspace.session().sessionState().executePlan(plan, CommandExecutionMode.SKIP()).analyzed();
    }

    @Override
    public void org$apache$spark$sql$catalyst$plans$logical$Command$_setter_$nodePatterns_$eq(Seq<Enumeration.Value> value) {
        patterns = value;
    }

    @Override
    public Seq<Enumeration.Value> nodePatterns() {
        return patterns;
    }

    @Override
    public Seq<Attribute> output() {
        return output;
    }

    @Override
    public Map<String, org.apache.spark.sql.execution.metric.SQLMetric> metrics() {
        return LeafRunnableCommand.super.metrics();
    }

    @Override
    public Seq<LogicalPlan> children() {
        return Scala.seq(List.of());
    }

    @Override
    public LogicalPlan mapChildren(Function1<LogicalPlan, LogicalPlan> change) {
        return this;
    }

    @Override
    public LogicalPlan withNewChildrenInternal(IndexedSeq<LogicalPlan> children) {
        return this;
    }

    @Override
    public int productArity() {
        return 1;
    }

    @Override
    public Object productElement(int position) {
        return statement;
    }

    @Override
    public boolean canEqual(Object other) {
        return getClass().isInstance(other);
    }
}
