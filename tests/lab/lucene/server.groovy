// Answers JSON lines on stdout to JSON lines on stdin: indexes messages and runs a query on them.
import groovy.json.JsonOutput
import groovy.json.JsonSlurperClassic
import org.apache.lucene.analysis.Analyzer
import org.apache.lucene.analysis.core.KeywordAnalyzer
import org.apache.lucene.analysis.miscellaneous.PerFieldAnalyzerWrapper
import org.apache.lucene.analysis.standard.StandardAnalyzer
import org.apache.lucene.document.*
import org.apache.lucene.index.DirectoryReader
import org.apache.lucene.index.IndexWriter
import org.apache.lucene.index.IndexWriterConfig
import org.apache.lucene.index.Term
import org.apache.lucene.queryparser.classic.ParseException
import org.apache.lucene.queryparser.classic.QueryParser
import org.apache.lucene.search.*
import org.apache.lucene.store.ByteBuffersDirectory

// Lucene's parser with what OpenSearch's `query_string` adds to it: one-sided ranges such as
// `level:<=3`, `_exists_:field` and `field:*`, and NOT alone. Numbers are compared as numbers.
class Parser extends QueryParser {
    final Set<String> asked = new LinkedHashSet()
    private final Set<String> numbers

    Parser(Analyzer analyzer, Set<String> numbers) {
        super('message', analyzer)
        this.numbers = numbers
        allowLeadingWildcard = false
    }

    @Override
    protected Query getFieldQuery(String field, String text, boolean quoted) {
        if (field == '_exists_') {
            asked << text
            return exists(text)
        }
        asked << field
        if (!quoted) {
            def sided = text =~ /\A([<>])(=?)(.+)\z/
            if (sided) {
                def (all, side, equal, bound) = sided[0]
                boolean closed = equal == '='
                return side == '<' ? getRangeQuery(field, null, bound, true, closed)
                    : getRangeQuery(field, bound, null, closed, true)
            }
        }
        if (field in numbers) {
            return text.isDouble() ? DoublePoint.newExactQuery(field, text as double)
                : new MatchNoDocsQuery()
        }
        super.getFieldQuery(field, text, quoted)
    }

    @Override
    protected Query getFieldQuery(String field, String text, int slop) {
        getFieldQuery(field, text, true)
    }

    @Override
    protected Query getRangeQuery(String field, String low, String high, boolean first, boolean last) {
        asked << field
        if (!(field in numbers)) {
            return super.getRangeQuery(field, low, high, first, last)
        }
        // What is no number finds none.
        if ([low, high].any { it != null && !it.isDouble() }) {
            return new MatchNoDocsQuery()
        }
        double from = low == null ? Double.NEGATIVE_INFINITY : low as double
        double to = high == null ? Double.POSITIVE_INFINITY : high as double
        DoublePoint.newRangeQuery(field, first ? from : Math.nextUp(from), last ? to : Math.nextDown(to))
    }

    @Override
    protected Query getWildcardQuery(String field, String text) {
        asked << field
        // Every message has the default field, so that `*` alone finds all of them.
        text == '*' ? exists(field) : super.getWildcardQuery(field, text)
    }

    @Override
    protected Query getPrefixQuery(String field, String text) {
        asked << field
        super.getPrefixQuery(field, text)
    }

    @Override
    protected Query getRegexpQuery(String field, String text) {
        asked << field
        super.getRegexpQuery(field, text)
    }

    @Override
    protected Query getFuzzyQuery(String field, String text, float similarity) {
        asked << field
        super.getFuzzyQuery(field, text, similarity)
    }

    @Override
    protected Query getBooleanQuery(List<BooleanClause> clauses) {
        def query = super.getBooleanQuery(clauses)
        if (!clauses || clauses.any { !it.prohibited }) {
            return query
        }
        // All but those, where Lucene alone would find none.
        def all = new BooleanQuery.Builder().add(new MatchAllDocsQuery(), BooleanClause.Occur.MUST)
        clauses.each { all.add(it) }
        all.build()
    }

    private static Query exists(String field) {
        new TermQuery(new Term('_exists_', field))
    }
}

def answer(Map request) {
    def text = new StandardAnalyzer()
    def analyzer = new PerFieldAnalyzerWrapper(
        new KeywordAnalyzer(), [message: text, full_message: text])
    Set<String> fields = [] as Set
    Set<String> numbers = [] as Set
    def index = new ByteBuffersDirectory()
    def writer = new IndexWriter(index, new IndexWriterConfig(analyzer))
    request.messages.each { id, message ->
        def document = new Document()
        document.add(new StoredField('_id', id))
        message.each { field, value ->
            fields << field
            document.add(new StringField('_exists_', field, Field.Store.NO))
            if (value instanceof Number) {
                numbers << field
                document.add(new DoublePoint(field, value as double))
            } else if (field in ['message', 'full_message']) {
                document.add(new TextField(field, value as String, Field.Store.NO))
            } else {
                document.add(new StringField(field, value as String, Field.Store.NO))
            }
        }
        writer.addDocument(document)
    }
    writer.close()
    def parser = new Parser(analyzer, numbers)
    try {
        def query = parser.parse(request.query)
        def reader = DirectoryReader.open(index)
        def searcher = new IndexSearcher(reader)
        def hits = searcher.search(query, Math.max(1, request.messages.size())).scoreDocs
        def found = hits.collect { searcher.storedFields().document(it.doc).get('_id') }
        reader.close()
        [found: found, unknown: (parser.asked - fields) as List]
    } catch (ParseException e) {
        [refused: e.message.readLines()[0]]
    }
}

def slurper = new JsonSlurperClassic()
System.in.eachLine('US-ASCII') { line ->
    def reply
    try {
        reply = answer(slurper.parseText(line))
    } catch (Exception e) {
        reply = [failed: e.toString()]
    }
    // JSON with escapes for all that is not ASCII, one line.
    println JsonOutput.toJson(reply)
    System.out.flush()
}
