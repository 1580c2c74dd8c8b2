package localbricks.catalog.statements;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import localbricks.catalog.Refusals;
import localbricks.catalog.Workspace;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.catalog.CatalogTable;
import org.apache.spark.sql.catalyst.plans.logical.CloneTableStatement;
import org.apache.spark.sql.delta.DeltaConfigs;
import org.apache.spark.sql.delta.DeltaLog;
import org.apache.spark.sql.delta.DeltaOperations;
import org.apache.spark.sql.delta.DomainMetadataUtils;
import org.apache.spark.sql.delta.OptimisticTransaction;
import org.apache.spark.sql.delta.Snapshot;
import org.apache.spark.sql.delta.actions.Action;
import org.apache.spark.sql.delta.actions.AddFile;
import org.apache.spark.sql.delta.actions.Metadata;
import org.apache.spark.sql.delta.actions.Protocol;
import org.apache.spark.sql.delta.commands.CloneSource;
import org.apache.spark.sql.delta.commands.CloneTableCommand;
import org.apache.spark.sql.delta.commands.CloneTableCommand$;
import org.apache.spark.sql.delta.commands.CreateDeltaTableCommand;
import org.apache.spark.sql.delta.util.DeltaFileOperations;
import scala.Option;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * `CREATE OR REPLACE TABLE ... SHALLOW CLONE ...`, which open-source Delta refuses for a table that holds rows
 * (DELTA_UNSUPPORTED_NON_EMPTY_CLONE).
 *
 * <p>One commit removes the old files and adds the source's: whoever reads, and whatever is killed, finds the old table
 * or the new one. Its history goes on, as on Databricks.
 */
public final class ReplaceByClone extends WorkspaceCommand {
    private final CloneTableStatement statement;

    public ReplaceByClone(CloneTableStatement statement) {
        super(statement, CloneTableCommand$.MODULE$.output());
        this.statement = statement;
    }

    @Override
    public Seq<Row> run(SparkSession session) {
        CreateDeltaTableCommand create = (CreateDeltaTableCommand) analyzed(statement);
        if (create.existingTableOpt().isEmpty()) {
            return create.run(session);
        }
        CatalogTable target = create.existingTableOpt().get();
        OptimisticTransaction transaction =
            DeltaLog.forTable(session, target).startTransaction(Option.apply(target), Option.empty());
        CloneTableCommand clone = (CloneTableCommand) create.query().get();
        try (CloneSource source = clone.sourceTable()) {
            return replaced(clone, source, transaction);
        } catch (IOException error) {
            throw Refusals.unchecked(error);
        }
    }

    private static Seq<Row> replaced(CloneTableCommand clone, CloneSource source, OptimisticTransaction transaction)
            throws IOException {
        if (source.dataPath().equals(transaction.deltaLog().dataPath())) {
            throw Refusals.notSupported("replacing " + source.name() + " by a clone of itself", "RESTORE TABLE brings back a version.");
        }
        Seq<AddFile> old = transaction.filterFiles();
        List<AddFile> files = absolute(source);
        Protocol protocol = transaction.protocol().merge(Scala.seq(List.of(source.protocol())));
        transaction.updateProtocol(protocol);
        transaction.updateMetadata(metadata(clone, source.metadata(), transaction.metadata()), true);
        List<Action> actions = new ArrayList<>();
        Set<String> before = contents(CollectionConverters.asJava(old)), after = contents(files);
        CollectionConverters.asJava(old).stream().filter(file -> !after.contains(content(file)))
            .forEach(file -> actions.add(file.remove()));
        files.stream().filter(file -> !before.contains(content(file))).forEach(file -> actions.add(added(file)));
        source.snapshot().foreach(from -> actions.addAll(domains(from, transaction.snapshot())));
        transaction.commit(Scala.seq(actions), new DeltaOperations.Clone(source.name(), version(source)));
        return clone.getOutputSeq(measured(source, CollectionConverters.asJava(old)));
    }

    /** The source's columns, partitions and properties, under the identity of the table that is replaced. */
    private static Metadata metadata(CloneTableCommand clone, Metadata from, Metadata before) {
        return from.copy(before.id(), before.name(), before.description(), from.format(), from.schemaString(),
            from.partitionColumns(),
            Scala.merged(from.configuration(), DeltaConfigs.validateConfigurations(clone.tablePropertyOverrides())),
            from.createdTime());
    }

    private static List<AddFile> absolute(CloneSource source) throws IOException {
        Path folder = source.dataPath();
        FileSystem files = folder.getFileSystem(Workspace.session().sessionState().newHadoopConf());
        return DeltaFileOperations.makePathsAbsolute(files.makeQualified(folder).toString(), source.allFiles()).collectAsList();
    }

    /** One commit may not name a file twice: what an earlier clone brought along already stays as it is. */
    private static Set<String> contents(List<AddFile> files) {
        return files.stream().map(ReplaceByClone::content).collect(Collectors.toSet());
    }

    private static String content(AddFile file) {
        return file.path() + " " + (file.deletionVector() == null ? "" : file.deletionVector().uniqueId());
    }

    /** A clone keeps no row ids of its source, as Delta's own clone does not. */
    private static AddFile added(AddFile file) {
        return file.copy(file.path(), file.partitionValues(), file.size(), file.modificationTime(), true, file.stats(),
            file.tags(), file.deletionVector(), Option.empty(), Option.empty(), file.clusteringProvider(), file.backReference(),
            file.amtPassthrough());
    }

    private static List<? extends Action> domains(Snapshot source, Snapshot target) {
        return CollectionConverters.asJava(DomainMetadataUtils.handleDomainMetadataForCloneTable(source, target));
    }

    private static long version(CloneSource source) {
        return source.snapshot().isDefined() ? source.snapshot().get().version() : -1;
    }

    private static scala.collection.immutable.Map<String, Object> measured(CloneSource source, List<AddFile> old) {
        long removed = old.stream().mapToLong(AddFile::size).sum();
        Map<String, Object> values = Map.of(
            CloneTableCommand.SOURCE_TABLE_SIZE(), source.sizeInBytes(),
            CloneTableCommand.SOURCE_NUM_OF_FILES(), source.numOfFiles(),
            CloneTableCommand.NUM_REMOVED_FILES(), (long) old.size(), CloneTableCommand.REMOVED_FILES_SIZE(), removed,
            CloneTableCommand.NUM_COPIED_FILES(), 0L, CloneTableCommand.COPIED_FILES_SIZE(), 0L);
        return Scala.map(values);
    }
}
