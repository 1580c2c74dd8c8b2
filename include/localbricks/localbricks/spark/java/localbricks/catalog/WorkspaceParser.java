package localbricks.catalog;

import io.delta.sql.parser.DeltaSqlParser;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import localbricks.catalog.statements.ReplaceByClone;
import localbricks.catalog.statements.SetNotNull;
import org.apache.spark.sql.catalyst.parser.ParameterContext;
import org.apache.spark.sql.catalyst.parser.ParseException;
import org.apache.spark.sql.catalyst.parser.ParserInterface;
import org.apache.spark.sql.catalyst.plans.logical.AlterColumns;
import org.apache.spark.sql.catalyst.plans.logical.CloneTableStatement;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;

/** Spark's parser, which also knows `USE CATALOG`, and shows every catalog instead of those in use. */
final class WorkspaceParser extends DelegatingParser {
    private static final String COMMENTS = "(?:\\s|--[^\\n]*\\n|/\\*(?:[^*]|\\*(?!/))*\\*/)*";
    private static final Pattern USE_CATALOG =
        statement("(?:USE|SET)\\s+CATALOG\\s+(?<name>\\w+|`(?:[^`'\\\\]|``)+`|'[^'\\\\]+'|\"[^'\"\\\\]+\")");
    private static final Pattern SHOW_CATALOGS = statement("SHOW\\s+CATALOGS(?:\\s+(?:LIKE\\s+)?'(?<glob>[^']*)')?");

    WorkspaceParser(ParserInterface delta) {
        super(delta);
    }

    private static Pattern statement(String words) {
        return Pattern.compile(COMMENTS + words + COMMENTS + ";?" + COMMENTS, Pattern.CASE_INSENSITIVE);
    }

    /** The statement in Spark's words; all but two are Spark's already. */
    static String inSparksWords(String sql) {
        Matcher use = USE_CATALOG.matcher(sql);
        if (use.matches()) {
            return "SET CATALOG '" + known(unquoted(use.group("name")).toLowerCase(Locale.ROOT)) + "'";
        }
        Matcher show = SHOW_CATALOGS.matcher(sql);
        return show.matches() ? shown(show.group("glob")) : sql;
    }

    private static String known(String catalog) {
        if (!Workspace.manager().isCatalogRegistered(catalog)) {
            throw Refusals.noSuchCatalog(catalog);
        }
        return catalog;
    }

    private static String unquoted(String name) {
        boolean quoted = !Character.isLetterOrDigit(name.charAt(0)) && name.charAt(0) != '_';
        return quoted ? name.substring(1, name.length() - 1).replace("``", "`") : name;
    }

    private static String shown(String glob) {
        String rows = Workspace.catalogs().stream().filter(name -> fits(name, glob))
            .map(name -> "('" + name + "')").collect(Collectors.joining(", "));
        return rows.isEmpty() ? "SELECT '' AS catalog WHERE FALSE"
            : "SELECT * FROM VALUES " + rows + " AS catalogs(catalog)";
    }

    /** In SHOW's patterns * is any text and | separates alternatives. */
    private static boolean fits(String name, String glob) {
        List<String> alternatives = glob == null ? List.of("*") : Arrays.asList(glob.split("\\|"));
        return alternatives.stream().map(one -> one.strip().toLowerCase(Locale.ROOT))
            .anyMatch(one -> name.matches(("\\Q" + one + "\\E").replace("*", "\\E.*\\Q")));
    }

    @Override
    public LogicalPlan parsePlan(String sql) throws ParseException {
        return carriedOutHere(next.parsePlan(inSparksWords(sql)));
    }

    @Override
    public LogicalPlan parsePlanWithParameters(String sql, ParameterContext parameters) throws ParseException {
        LogicalPlan plan = BindingParser.parsePlan((DeltaSqlParser) next, inSparksWords(sql), parameters);
        return carriedOutHere(plan);
    }

    private static LogicalPlan carriedOutHere(LogicalPlan plan) {
        if (plan instanceof AlterColumns alter && SetNotNull.isOne(alter)) {
            return new SetNotNull(alter);
        }
        return plan instanceof CloneTableStatement clone && clone.isReplaceCommand() ? new ReplaceByClone(clone) : plan;
    }
}
