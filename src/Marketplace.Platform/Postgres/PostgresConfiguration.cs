using System.Globalization;
using System.Text;

namespace Marketplace.Platform.Postgres;

/// <summary>The two files that decide how the embedded PostgreSQL behaves. Written at every start, so that options take effect.</summary>
internal static class PostgresConfiguration
{
    public static string Settings(PostgresOptions options, int port)
    {
        var text = new StringBuilder();
        void Set(string key, string value) => text.Append(key).Append(" = '").Append(value).Append("'\n");
        text.Append("# Written at every start by the marketplace. Changes here are lost.\n");
        Set("listen_addresses", "127.0.0.1");
        Set("port", port.ToString(CultureInfo.InvariantCulture));
        // No socket file: its path is limited to 107 bytes and data folders are not.
        Set("unix_socket_directories", "");
        Set("max_connections", options.MaxConnections.ToString(CultureInfo.InvariantCulture));
        Set("shared_buffers", "128MB");
        Set("max_wal_size", "2GB");
        Set("checkpoint_timeout", "15min");
        Set("random_page_cost", "1.1");
        // Short queries only: compiling them costs more than it saves.
        Set("jit", "off");
        Set("password_encryption", "scram-sha-256");
        Set("timezone", "UTC");
        Set("log_timezone", "UTC");
        Set("log_min_messages", "warning");
        Set("log_line_prefix", "%m [%p] %u@%d ");
        Set("idle_in_transaction_session_timeout", "5min");
        if (!options.Fsync)
        {
            Set("fsync", "off");
            Set("synchronous_commit", "off");
            Set("full_page_writes", "off");
            Set("wal_level", "minimal");
            Set("max_wal_senders", "0");
            Set("autovacuum", "off");
        }
        return text.ToString();
    }

    public const string HostAccess = "host all all 127.0.0.1/32 scram-sha-256\n";
}
