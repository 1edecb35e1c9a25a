package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-sql-driver/mysql"
)

const schema = `CREATE TABLE IF NOT EXISTS payments (
	id    BIGINT AUTO_INCREMENT PRIMARY KEY,
	last4 CHAR(4) NOT NULL,
	cents BIGINT NOT NULL
)`

// database keeps payments in MySQL.
type database struct{ *sql.DB }

func openDatabase(text string) (*database, error) {
	address, err := url.Parse(text)
	if err != nil || address.Scheme != "mysql" {
		return nil, fmt.Errorf("DATABASE_URL is no mysql:// address")
	}
	config := mysql.NewConfig()
	config.Net, config.Addr = "tcp", address.Host
	config.DBName = strings.TrimPrefix(address.Path, "/")
	config.User = address.User.Username()
	config.Passwd, _ = address.User.Password()
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, err
	}
	return &database{sql.OpenDB(connector)}, nil
}

func (d *database) record(ctx context.Context, last4 string, cents int64) error {
	if _, err := d.ExecContext(ctx, schema); err != nil {
		return err
	}
	_, err := d.ExecContext(ctx, "INSERT INTO payments (last4, cents) VALUES (?, ?)", last4, cents)
	return err
}

// mailer asks the mailer service to write to a customer.
type mailer string

func (m mailer) receipt(ctx context.Context, to string, cents int64) error {
	body, err := json.Marshal(map[string]any{"type": "payment.taken", "to": to, "cents": cents})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(
		ctx, http.MethodPost, string(m)+"/mails", bytes.NewReader(body))
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusAccepted {
		return fmt.Errorf("the mailer answered %s", answer.Status)
	}
	return nil
}
