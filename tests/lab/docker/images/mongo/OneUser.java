import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.bson.BinData;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.MongoServerError;
import io.netty.channel.Channel;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/** Lets in one user of the database `admin`, by SCRAM-SHA-256 (RFC 7677), who then may do all. */
public class OneUser extends MemoryBackend {
    private static final String MECHANISM = "SCRAM-SHA-256";
    private static final int ITERATIONS = 15000;
    // What a client that has not yet said who it is may ask.
    private static final Set<String> FREE =
            Set.of("hello", "ismaster", "buildinfo", "ping", "whatsmyuri", "endsessions");

    /** What client and server have said to one another, without the client's greeting. */
    private record Begun(String client, String server) {}

    private final String name;
    private final byte[] salt = new byte[16];
    private final byte[] salted;
    private final Map<Channel, Begun> begun = new ConcurrentHashMap<>();
    private final Set<Channel> known = ConcurrentHashMap.newKeySet();

    public OneUser(String name, String password) throws GeneralSecurityException {
        this.name = name;
        new SecureRandom().nextBytes(salt);
        var key = new PBEKeySpec(password.toCharArray(), salt, ITERATIONS, 256);
        var keys = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256");
        salted = keys.generateSecret(key).getEncoded();
    }

    @Override
    public Document handleCommand(
            Channel channel, String database, String command, Document query) {
        var lower = command.toLowerCase();
        try {
            if (lower.equals("saslstart")) {
                return answer(start(channel, database, query), false);
            } else if (lower.equals("saslcontinue")) {
                // The exchange that a client may want after the last one is empty.
                return answer(known.contains(channel) ? "" : finish(channel, query), true);
            }
        } catch (GeneralSecurityException | IllegalArgumentException error) {
            throw refused();
        }
        if (!known.contains(channel) && !FREE.contains(lower)) {
            throw new MongoServerError(
                    13, "Unauthorized", "Command " + command + " requires authentication");
        }
        var found = super.handleCommand(channel, database, command, query);
        if (query.containsKey("saslSupportedMechs")) {
            found.put("saslSupportedMechs", List.of(MECHANISM));
        }
        return found;
    }

    @Override
    public void handleClose(Channel channel) {
        begun.remove(channel);
        known.remove(channel);
        super.handleClose(channel);
    }

    private String start(Channel channel, String database, Document query) {
        var bare = payload(query).replaceFirst("^n,[^,]*,", "");
        var user = part(bare, "n").replace("=2C", ",").replace("=3D", "=");
        if (!MECHANISM.equals(query.get("mechanism"))
                || !user.equals(name)
                || !database.equals("admin")) {
            throw refused();
        }
        var nonce = new byte[18];
        new SecureRandom().nextBytes(nonce);
        var both = part(bare, "r") + base64(nonce);
        var said = "r=" + both + ",s=" + base64(salt) + ",i=" + ITERATIONS;
        begun.put(channel, new Begun(bare, said));
        return said;
    }

    private String finish(Channel channel, Document query) throws GeneralSecurityException {
        var said = payload(query);
        var before = begun.remove(channel);
        if (before == null || !part(said, "r").equals(part(before.server, "r"))) {
            throw refused();
        }
        var unsigned = said.substring(0, said.lastIndexOf(",p="));
        var all = before.client + "," + before.server + "," + unsigned;
        var key = Base64.getDecoder().decode(part(said, "p"));
        var stored = digest(hmac(salted, "Client Key"));
        var signature = hmac(stored, all);
        for (int i = 0; i < key.length; i++) {
            key[i] ^= signature[i % signature.length];
        }
        if (!MessageDigest.isEqual(digest(key), stored)) {
            throw refused();
        }
        known.add(channel);
        return "v=" + base64(hmac(hmac(salted, "Server Key"), all));
    }

    private static Document answer(String payload, boolean done) {
        var document = new Document("conversationId", 1).append("done", done);
        document.put("payload", new BinData(payload.getBytes(StandardCharsets.UTF_8)));
        document.put("ok", 1.0);
        return document;
    }

    private static String payload(Document query) {
        var found = query.get("payload");
        var bytes = found instanceof BinData data ? data.getData() : (byte[]) found;
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** The value of `name=value` in a list with commas between. */
    private static String part(String list, String name) {
        for (var one : list.split(",")) {
            if (one.startsWith(name + "=")) {
                return one.substring(name.length() + 1);
            }
        }
        throw refused();
    }

    private static MongoServerError refused() {
        return new MongoServerError(18, "AuthenticationFailed", "Authentication failed.");
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static byte[] digest(byte[] bytes) throws GeneralSecurityException {
        return MessageDigest.getInstance("SHA-256").digest(bytes);
    }

    private static byte[] hmac(byte[] key, String text) throws GeneralSecurityException {
        var mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    }
}
