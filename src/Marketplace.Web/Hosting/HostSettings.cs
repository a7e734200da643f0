namespace Marketplace.Web.Hosting;

/// <summary>What this process does. One process can do both; replicas split them.</summary>
[Flags]
internal enum HostRoles
{
    None = 0,

    /// <summary>Portal and REST API.</summary>
    Web = 1,

    /// <summary>Cluster connections, outbox, clocks and jobs.</summary>
    Worker = 2,
}

/// <summary>The host's own settings, read before anything starts: <c>Roles</c>, <c>Web:Host</c> (127.0.0.1 unless others must reach it), <c>Web:Port</c>, <c>Demo:Enabled</c>, <c>Data:*</c>.</summary>
internal sealed record HostSettings(HostRoles Roles, string Host, int Port, bool Demo, string DataDirectory)
{
    public bool IsWeb => Roles.HasFlag(HostRoles.Web);

    public bool IsWorker => Roles.HasFlag(HostRoles.Worker);

    /// <exception cref="OptionsException">A setting is wrong; the message names its key.</exception>
    public static HostSettings Read(IConfiguration configuration)
    {
        HostRoles roles = HostRoles.None;
        foreach (
            string role in (configuration["Roles"] ?? "web,worker").Split(
                ',',
                StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
            )
        )
        {
            roles |= role switch
            {
                "web" => HostRoles.Web,
                "worker" => HostRoles.Worker,
                _ => throw new OptionsException($"Roles has '{role}'. Use web, worker or web,worker."),
            };
        }
        if (roles == HostRoles.None)
            throw new OptionsException("Roles is empty. Use web, worker or web,worker.");
        int port = configuration.GetValue("Web:Port", 8080);
        if (port is < 1 or > 65535)
            throw new OptionsException($"Web:Port is {port}. Use 1 to 65535.");
        string host = configuration["Web:Host"] ?? "127.0.0.1";
        if (!System.Net.IPAddress.TryParse(host, out _))
            throw new OptionsException($"Web:Host is '{host}'. Use an IP address, such as 127.0.0.1 or 0.0.0.0.");
        return new HostSettings(
            roles,
            host,
            port,
            configuration.GetValue("Demo:Enabled", false),
            Path.GetFullPath(configuration["Data:Directory"] ?? ".data")
        );
    }
}

/// <summary>A setting stops the start; the message names the key and the fix.</summary>
internal sealed class OptionsException(string message) : Exception(message);
