package com.example.stock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.testcontainers.containers.PostgreSQLContainer;

class DatabaseLevelsIT {
    private static final PostgreSQLContainer<?> POSTGRES = new PostgreSQLContainer<>("postgres:15");
    private static DatabaseLevels levels;

    @BeforeAll
    static void open() {
        POSTGRES.start();
        String user = "&user=" + POSTGRES.getUsername() + "&password=" + POSTGRES.getPassword();
        levels = new DatabaseLevels(POSTGRES.getJdbcUrl() + user);
        levels.open();
    }

    @AfterAll
    static void stop() {
        POSTGRES.stop();
    }

    @Test
    void noMoreIsTakenThanThereIs() {
        levels.put("tea", 2);
        levels.put("tea", 1);

        assertFalse(levels.take("tea", 4));
        assertTrue(levels.take("tea", 3));
        assertEquals(0, levels.of("tea"));
    }

    @Test
    void itIsReadyWithItsDatabase() {
        assertTrue(levels.ready());
    }
}
