{% macro tell_what_failed(results) -%}
    {#- After a run: the first rows of each test that failed, so that the log names the broken rule and not only the test. -#}
    {%- if execute -%}
        {%- for result in results if result.status == "fail" and result.node.compiled_code -%}
            {%- for row in run_query("select * from (" ~ result.node.compiled_code ~ "\n) limit 10") -%}
                {%- set shown = {} -%}
                {%- for column, value in row.dict().items() -%}
                    {#- a date is nothing that JSON knows -#}
                    {%- do shown.update({column: value if value is none or value is number else value | string}) -%}
                {%- endfor -%}
                {%- do log(result.node.name ~ ": " ~ shown | tojson, info=true) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
