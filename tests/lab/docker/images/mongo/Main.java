import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import java.security.GeneralSecurityException;
import java.util.List;

/** A server of MongoDB's protocol that keeps all in memory. */
public class Main {
    /** Clients of today do not talk to the version that it is modelled on. */
    static final class Version implements MongoVersion {
        @Override
        public List<Integer> getVersionArray() {
            return List.of(8, 0, 0);
        }

        @Override
        public int getWireVersion() {
            return 25;
        }
    }

    public static void main(String[] arguments) throws GeneralSecurityException {
        var user = System.getenv("MONGO_INITDB_ROOT_USERNAME");
        var password = System.getenv("MONGO_INITDB_ROOT_PASSWORD");
        var backend = user == null ? new MemoryBackend() : new OneUser(user, password);
        backend.version(new Version());
        var server = new MongoServer(backend);
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
        server.bind("0.0.0.0", 27017);
        // Clients wait for this word.
        System.out.println("{\"msg\": \"Waiting for connections\", \"attr\": {\"port\": 27017}}");
    }
}
