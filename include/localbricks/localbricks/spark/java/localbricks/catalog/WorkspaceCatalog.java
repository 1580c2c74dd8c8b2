package localbricks.catalog;

import java.util.Arrays;
import java.util.List;
import localbricks.catalog.information.InformationSchema;
import org.apache.spark.sql.catalyst.analysis.NoSuchFunctionException;
import org.apache.spark.sql.catalyst.analysis.NoSuchNamespaceException;
import org.apache.spark.sql.catalyst.analysis.NoSuchTableException;
import org.apache.spark.sql.catalyst.analysis.NoSuchViewException;
import org.apache.spark.sql.catalyst.analysis.TableAlreadyExistsException;
import org.apache.spark.sql.catalyst.analysis.ViewAlreadyExistsException;
import org.apache.spark.sql.connector.catalog.FunctionCatalog;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.Relation;
import org.apache.spark.sql.connector.catalog.RelationCatalog;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableSummary;
import org.apache.spark.sql.connector.catalog.V1Table;
import org.apache.spark.sql.connector.catalog.View;
import org.apache.spark.sql.connector.catalog.functions.UnboundFunction;

/**
 * One catalog of the workspace: `catalog.schema.table` on a Hive metastore.
 *
 * <p>Configure `spark.sql.catalog.NAME=localbricks.catalog.WorkspaceCatalog` for each; with `.prefixed=false` the
 * catalog holds the databases that belong to no other one. Tables are Delta tables, views lie in the metastore, so that
 * every driver on it sees both. There are no functions but Spark's own.
 */
public final class WorkspaceCatalog extends Schemas implements RelationCatalog, FunctionCatalog {

    @Override
    public Relation loadRelation(Identifier relation) throws NoSuchTableException {
        if (isInformation(relation.namespace())) {
            return InformationSchema.table(relation, List.of(name));
        }
        Table found = delta().loadTable(at(relation));
        if (!(found instanceof V1Table)) {
            return found;
        }
        V1Table v1 = (V1Table) found;
        if (!MetastoreViews.isView(v1.v1Table())) {
            throw Refusals.notSupported("the " + v1.v1Table().provider().getOrElse(() -> "Hive") + " table " + name + "."
                + relation, "tables are Delta tables; read it as spark_catalog." + at(relation) + ".");
        }
        return MetastoreViews.view(v1.v1Table());
    }

    @Override
    public Table loadTable(Identifier table) throws NoSuchTableException {
        return RelationCatalog.super.loadTable(table);
    }

    @Override
    public boolean tableExists(Identifier table) {
        return RelationCatalog.super.tableExists(table);
    }

    @Override
    public Identifier[] listTables(String[] namespace) throws NoSuchNamespaceException {
        return isInformation(namespace) ? InformationSchema.tables(namespace) : super.listTables(namespace);
    }

    @Override
    public TableSummary[] listTableSummaries(String[] namespace) throws NoSuchNamespaceException, NoSuchTableException {
        if (!isInformation(namespace)) {
            return super.listTableSummaries(namespace);
        }
        return Arrays.stream(listTables(namespace)).map(table -> TableSummary.of(table, "VIEW")).toArray(TableSummary[]::new);
    }

    @Override
    public Identifier[] listViews(String[] namespace) throws NoSuchNamespaceException {
        if (isInformation(namespace)) {
            return new Identifier[0];
        }
        return Arrays.stream(described(namespace)).filter(MetastoreViews::isView)
            .map(view -> Identifier.of(namespace, view.identifier().table())).toArray(Identifier[]::new);
    }

    @Override
    public View createView(Identifier view, View definition) throws ViewAlreadyExistsException, NoSuchNamespaceException {
        if (!namespaceExists(view.namespace())) {
            throw new NoSuchNamespaceException(names.withCatalog(view.namespace()));
        }
        try {
            MetastoreViews.create(at(view), definition);
        } catch (TableAlreadyExistsException error) {
            throw new ViewAlreadyExistsException(view);
        }
        return definition;
    }

    @Override
    public View replaceView(Identifier view, View definition) throws NoSuchViewException {
        if (!viewExists(view)) {
            throw new NoSuchViewException(view);
        }
        MetastoreViews.replace(at(view), definition);
        return definition;
    }

    @Override
    public boolean dropView(Identifier view) {
        return viewExists(view) && MetastoreViews.drop(at(view));
    }

    @Override
    public void renameView(Identifier from, Identifier to) throws NoSuchViewException, ViewAlreadyExistsException {
        if (!viewExists(from)) {
            throw new NoSuchViewException(from);
        }
        try {
            MetastoreViews.rename(at(from), at(renamed(from, to)));
        } catch (TableAlreadyExistsException error) {
            throw new ViewAlreadyExistsException(to);
        }
    }

    @Override
    public Identifier[] listFunctions(String[] namespace) {
        return new Identifier[0];
    }

    @Override
    public UnboundFunction loadFunction(Identifier function) throws NoSuchFunctionException {
        throw new NoSuchFunctionException(function);
    }
}
