package localbricks.catalog;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.TableIdentifier;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.parser.ParameterContext;
import org.apache.spark.sql.catalyst.parser.ParameterHandler;
import org.apache.spark.sql.catalyst.parser.ParseException;
import org.apache.spark.sql.catalyst.parser.ParserInterface;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.internal.VariableSubstitution;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;
import scala.collection.immutable.Seq;

/** Spark's parser, which also knows `USE CATALOG`, and shows every catalog instead of those in use. */
final class WorkspaceParser implements ParserInterface {
    private static final String COMMENTS = "(?:\\s|--[^\\n]*\\n|/\\*(?:[^*]|\\*(?!/))*\\*/)*";
    private static final Pattern USE_CATALOG =
        statement("(?:USE|SET)\\s+CATALOG\\s+(?<name>\\w+|`(?:[^`'\\\\]|``)+`|'[^'\\\\]+'|\"[^'\"\\\\]+\")");
    private static final Pattern SHOW_CATALOGS = statement("SHOW\\s+CATALOGS(?:\\s+(?:LIKE\\s+)?'(?<glob>[^']*)')?");
    private final ParserInterface spark;

    WorkspaceParser(ParserInterface spark) {
        this.spark = spark;
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
        return spark.parsePlan(inSparksWords(sql));
    }

    @Override
    public LogicalPlan parsePlanWithParameters(String sql, ParameterContext parameters) throws ParseException {
        SQLConf literal = SQLConf.get().clone();
        literal.setConfString(SQLConf.VARIABLE_SUBSTITUTE_ENABLED().key(), "false");
        String bound = bound(new VariableSubstitution().substitute(inSparksWords(sql)), parameters);
        return SQLConf.withExistingConf(literal, () -> parsed(bound));
    }

    /** A Scala function declares no checked exception; this one throws ParseException all the same. */
    private LogicalPlan parsed(String sql) {
        try {
            return spark.parsePlan(sql);
        } catch (ParseException error) {
            throw WorkspaceParser.<RuntimeException>undeclared(error);
        }
    }

    @SuppressWarnings("unchecked")
    private static <E extends Throwable> E undeclared(Throwable error) throws E {
        throw (E) error;
    }

    /**
     * The statement with its parameters as literals: Delta's parser, which comes next, hands none on to Spark's.
     * Variables are filled in before, as Spark does, so that a value may hold what looks like one. Statements that are
     * Delta's alone are no Spark SQL: they take no parameters, and Delta's parser refuses them by itself.
     */
    private static String bound(String sql, ParameterContext parameters) {
        try {
            return ParameterHandler.substituteParameters(sql, parameters)._1();
        } catch (Exception error) {
            if (error instanceof ParseException) {
                return sql;
            }
            throw error;
        }
    }

    @Override
    public LogicalPlan parseQuery(String sql) throws ParseException {
        return spark.parseQuery(sql);
    }

    @Override
    public Expression parseExpression(String sql) throws ParseException {
        return spark.parseExpression(sql);
    }

    @Override
    public TableIdentifier parseTableIdentifier(String sql) throws ParseException {
        return spark.parseTableIdentifier(sql);
    }

    @Override
    public FunctionIdentifier parseFunctionIdentifier(String sql) throws ParseException {
        return spark.parseFunctionIdentifier(sql);
    }

    @Override
    public Seq<String> parseMultipartIdentifier(String sql) throws ParseException {
        return spark.parseMultipartIdentifier(sql);
    }

    @Override
    public StructType parseRoutineParam(String sql) throws ParseException {
        return spark.parseRoutineParam(sql);
    }

    @Override
    public StructType parseTableSchema(String sql) throws ParseException {
        return spark.parseTableSchema(sql);
    }

    @Override
    public DataType parseDataType(String sql) throws ParseException {
        return spark.parseDataType(sql);
    }
}
