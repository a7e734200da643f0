using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace Marketplace.Infra.Tests;

public sealed partial class ComposeTests
{
    private static readonly YamlNode Compose = Yaml.Documents(Checkout.Read("docker-compose.yml")).Single();

    [Fact]
    public void It_has_the_database_the_migrations_the_web_and_the_worker() =>
        Assert.Equal(
            ["migrate", "postgres", "web", "worker"],
            Compose.Entries("services").Select(service => service.Key).Order(StringComparer.Ordinal)
        );

    [Fact]
    public void No_password_is_written_down_or_has_a_default() => Assert.Empty(WrittenSecrets(Checkout.Read("docker-compose.yml")));

    [Theory]
    [InlineData("POSTGRES_PASSWORD: hunter2")]
    [InlineData("APP_PASSWORD: ${APP_PASSWORD:-hunter2}")]
    [InlineData("Data__ConnectionString: Host=postgres;Password=hunter2")]
    public void A_written_password_would_be_found(string line) => Assert.Single(WrittenSecrets(line));

    [Fact]
    public void Every_variable_it_demands_is_in_the_example_file()
    {
        var demanded = Demanded()
            .Matches(Checkout.Read("docker-compose.yml"))
            .Select(match => match.Groups["name"].Value)
            .ToHashSet(StringComparer.Ordinal);
        var offered = Checkout
            .Read("compose.env.example")
            .Split('\n')
            .Where(line => !line.StartsWith('#'))
            .Select(line => line.Split('=')[0])
            .ToHashSet(StringComparer.Ordinal);
        Assert.NotEmpty(demanded);
        Assert.Subset(offered, demanded);
    }

    [Fact]
    public void Web_and_worker_start_after_the_migrations_and_only_those_hold_the_owners_password()
    {
        foreach (var name in new[] { "web", "worker" })
        {
            var service = Compose.At("services", name);
            Assert.Equal("service_completed_successfully", service.Text("depends_on", "migrate", "condition"));
            Assert.Equal(name, service.Text("environment", "Roles"));
            Assert.DoesNotContain(
                "OWNER",
                string.Join(' ', service.Entries("environment").Select(entry => entry.Value.ToString())),
                StringComparison.Ordinal
            );
        }
        Assert.Contains(
            "OWNER_PASSWORD",
            Compose.Text("services", "migrate", "environment", "Data__MigrationConnectionString")!,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Files_it_mounts_and_builds_from_exist()
    {
        Assert.True(File.Exists(Path.Combine(Checkout.Root, Compose.Text("services", "migrate", "build", "dockerfile")!)));
        var mounts = Compose
            .Items("services", "postgres", "volumes")
            .Select(mount => mount.ToString().Split(':')[0])
            .Where(path => path.StartsWith('.'));
        Assert.All(mounts, path => Assert.True(File.Exists(Path.Combine(Checkout.Root, path)), path));
    }

    private static IEnumerable<string> WrittenSecrets(string text) =>
        text.Split('\n')
            .Where(line =>
                !line.TrimStart().StartsWith('#')
                && Secret().Match(line) is { Success: true } match
                && !Reference().IsMatch(match.Groups["value"].Value)
            );

    [GeneratedRegex("(?i)password[a-z_]*\\s*[:=]\\s*(?<value>\\S+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Secret();

    [GeneratedRegex("^\\$\\{[A-Z_]+:\\?", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Reference();

    [GeneratedRegex("\\$\\{(?<name>[A-Z_]+):\\?", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Demanded();
}
