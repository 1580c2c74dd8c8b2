package localbricks.catalog;

import java.util.List;
import org.antlr.v4.runtime.CharStreams;
import org.antlr.v4.runtime.Token;
import org.apache.spark.sql.catalyst.parser.SqlBaseLexer;
import org.apache.spark.sql.catalyst.parser.UpperCaseCharStream;

/** Where a statement has parameters: `?`, `:name`. */
final class ParameterMarkers {
    private ParameterMarkers() {}

    /**
     * The statement with a blank on both sides of what may be a marker.
     *
     * <p>Spark puts a value where its marker stood: `limit:n` would become the name `limit2`, and `?and` a name too.
     */
    static String setApart(String sql) {
        SqlBaseLexer lexer = new SqlBaseLexer(new UpperCaseCharStream(CharStreams.fromString(sql)));
        lexer.removeErrorListeners();
        List<? extends Token> tokens = lexer.getAllTokens();
        StringBuilder apart = new StringBuilder();
        for (int position = 0; position < tokens.size(); position++) {
            boolean begins = begins(tokens, position);
            boolean ends = tokens.get(position).getType() == SqlBaseLexer.QUESTION || position > 0 && begins(tokens, position - 1);
            apart.append(begins ? " " : "").append(tokens.get(position).getText()).append(ends ? " " : "");
        }
        return apart.toString();
    }

    private static boolean begins(List<? extends Token> tokens, int position) {
        int type = tokens.get(position).getType();
        return type == SqlBaseLexer.QUESTION || type == SqlBaseLexer.COLON;
    }
}
