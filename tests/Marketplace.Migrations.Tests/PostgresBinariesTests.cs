using Marketplace.Platform.Postgres;

namespace Marketplace.Migrations.Tests;

public sealed class PostgresBinariesTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("marketplace-bin-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void The_newest_installed_version_is_taken_by_number_not_by_text()
    {
        Install("debian/9/bin");
        var newest = Install("debian/15/bin");
        Assert.Equal(newest, Find().Folder);
    }

    [Fact]
    public void An_existing_data_folder_takes_the_version_that_made_it()
    {
        var older = Install("debian/15/bin");
        Install("debian/17/bin");
        Assert.Equal(older, Find(majorVersion: 15).Folder);
    }

    [Fact]
    public void A_data_folder_of_a_version_that_is_gone_names_the_package()
    {
        Install("debian/17/bin");
        var error = Assert.Throws<PostgresUnavailableException>(() => Find(majorVersion: 15));
        Assert.Contains("apt-get install postgresql-15", error.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void The_environment_beats_the_option_which_beats_the_search()
    {
        var found = Install("debian/15/bin");
        var option = Install("option");
        var environment = Install("environment");
        Assert.Equal(environment, Find(configured: option, overridden: environment).Folder);
        Assert.Equal(option, Find(configured: option).Folder);
        Assert.Equal(found, Find().Folder);
    }

    [Fact]
    public void The_path_is_the_last_resort()
    {
        var onPath = Install("path");
        Assert.Equal(onPath, Find(path: $"/nowhere:{onPath}").Folder);
    }

    [Fact]
    public void Nothing_installed_says_what_to_install()
    {
        var error = Assert.Throws<PostgresUnavailableException>(() => Find());
        Assert.Contains("apt-get install postgresql", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_override_is_an_error_not_a_hint()
    {
        Install("debian/15/bin");
        var error = Assert.Throws<PostgresUnavailableException>(() => Find(overridden: "/nowhere"));
        Assert.Contains(PostgresBinaries.OverrideVariable, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Data:PostgresPort", 70_000, ".data", null)]
    [InlineData("Data:Directory", 0, "", null)]
    [InlineData("Data:ConnectionString", 0, ".data", "Host=h;Nonsense=1")]
    [InlineData("Data:ConnectionString", 0, ".data", "Database=only")]
    public void A_bad_option_names_its_key(string key, int port, string directory, string? connection)
    {
        var options = new PostgresOptions
        {
            PostgresPort = port,
            Directory = directory,
            ConnectionString = connection,
        };
        var result = new PostgresOptionsValidator().Validate(null, options);
        Assert.Contains(key + " ", result.FailureMessage, StringComparison.Ordinal);
        Assert.True(new PostgresOptionsValidator().Validate(null, new PostgresOptions()).Succeeded);
    }

    private PostgresBinaries Find(string? configured = null, string? overridden = null, string? path = null, int? majorVersion = null) =>
        PostgresBinaries.Find(configured, overridden, Path.Combine(_root, "debian"), path, majorVersion);

    private string Install(string folder)
    {
        var full = Directory.CreateDirectory(Path.Combine(_root, folder)).FullName;
        foreach (var program in new[] { "initdb", "pg_ctl", "postgres" })
            File.WriteAllText(Path.Combine(full, program), "");
        return full;
    }
}
