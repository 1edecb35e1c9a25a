package com.example.stock;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** The levels in Postgres. */
public final class DatabaseLevels implements Levels {
    private static final String SCHEMA = """
            CREATE TABLE IF NOT EXISTS levels (
                sku text PRIMARY KEY, quantity integer NOT NULL CHECK (quantity >= 0))""";

    private final String url;

    /** @param url as JDBC has it, with user and password */
    public DatabaseLevels(String url) {
        this.url = url;
    }

    public void open() {
        run(SCHEMA, PreparedStatement::execute);
    }

    @Override
    public int of(String sku) {
        return run("SELECT quantity FROM levels WHERE sku = ?", statement -> {
            statement.setString(1, sku);
            try (ResultSet found = statement.executeQuery()) {
                return found.next() ? found.getInt(1) : 0;
            }
        });
    }

    @Override
    public boolean take(String sku, int quantity) {
        String query = "UPDATE levels SET quantity = quantity - ? WHERE sku = ? AND quantity >= ?";
        return run(query, statement -> {
            statement.setInt(1, quantity);
            statement.setString(2, sku);
            statement.setInt(3, quantity);
            return statement.executeUpdate() == 1;
        });
    }

    @Override
    public void put(String sku, int quantity) {
        String query = "INSERT INTO levels VALUES (?, ?) ON CONFLICT (sku)"
                + " DO UPDATE SET quantity = levels.quantity + excluded.quantity";
        run(query, statement -> {
            statement.setString(1, sku);
            statement.setInt(2, quantity);
            return statement.executeUpdate();
        });
    }

    @Override
    public boolean ready() {
        try {
            return run("SELECT 1", PreparedStatement::execute);
        } catch (IllegalStateException away) {
            return false;
        }
    }

    private interface Work<T> {
        T with(PreparedStatement statement) throws SQLException;
    }

    private <T> T run(String query, Work<T> work) {
        try (Connection connection = DriverManager.getConnection(url);
                PreparedStatement statement = connection.prepareStatement(query)) {
            return work.with(statement);
        } catch (SQLException error) {
            throw new IllegalStateException(error.getMessage(), error);
        }
    }
}
