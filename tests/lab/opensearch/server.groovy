// An OpenSearch node in this process: its home is the first argument, its HTTP port is printed.
import java.util.function.Supplier
import org.opensearch.common.settings.Settings
import org.opensearch.http.HttpServerTransport
import org.opensearch.node.InternalSettingsPreparer
import org.opensearch.node.Node
import org.opensearch.transport.Netty4Plugin

class Here extends Node {
    Here(Settings settings, Collection plugins) {
        super(InternalSettingsPreparer.prepareEnvironment(settings, [:], null, { 'lab' } as Supplier), plugins, true)
    }
}

def home = new File(args[0])
new File(home, 'config').mkdirs()
def settings = Settings.builder()
[
    'path.home': home.path,
    'cluster.name': 'lab',
    'node.name': 'lab',
    'discovery.type': 'single-node',
    'http.port': '0',
    'transport.port': '0',
    'network.host': '127.0.0.1',
    'transport.type': 'netty4',
    'http.type': 'netty4',
    // Whatever room there is on this machine.
    'cluster.routing.allocation.disk.threshold_enabled': 'false',
].each { key, value -> settings.put(key, value) }
def node = new Here(settings.build(), [Netty4Plugin])
node.start()
def address = node.injector().getInstance(HttpServerTransport).boundAddress().publishAddress()
println "PORT ${address.port}"
System.out.flush()
// It ends with whoever started it.
System.in.read()
System.exit(0)
