"""SQLite behind the services: connection, migrations, queries."""
