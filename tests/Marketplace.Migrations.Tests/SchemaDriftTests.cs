using Marketplace.Testing;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Marketplace.Migrations.Tests;

public sealed class SchemaDriftTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task The_migrated_database_holds_what_the_model_maps()
    {
        await using var context = ModelScript.CreateContext(db.ConnectionString);
        Assert.Empty(await SchemaDrift.FindAsync(context, db.DataSource));
    }

    [Theory]
    [InlineData("create table sample (id text primary key, amount bigint not null, note text)", null)]
    [InlineData("create table other (id text)", "public.sample: the table is missing")]
    [InlineData("create table sample (id text primary key, note text)", "public.sample.amount: the column is missing")]
    [InlineData(
        "create table sample (id text primary key, amount integer not null, note text)",
        "public.sample.amount: the model says bigint, the database integer"
    )]
    [InlineData(
        "create table sample (id text primary key, amount bigint, note text)",
        "public.sample.amount: required in the model, nullable in the database"
    )]
    [InlineData(
        "create table sample (id text primary key, amount bigint not null, note text not null)",
        "public.sample.note: nullable in the model, required by the database"
    )]
    [InlineData(
        "create table sample (id text primary key, amount bigint not null, note text, extra text not null)",
        "public.sample.extra: required by the database, unknown to the model"
    )]
    [InlineData("create table sample (id text primary key, amount bigint not null, note text, extra text not null default '')", null)]
    public async Task Each_kind_of_difference_is_found(string sql, string? expected)
    {
        await using var database = await TestPostgres.CreateEmptyAsync();
        await using var source = NpgsqlDataSource.Create(database.OwnerConnectionString);
        await using (var create = source.CreateCommand(sql))
            await create.ExecuteNonQueryAsync();
        await using var context = new SampleContext(database.OwnerConnectionString);
        Assert.Equal(expected is null ? [] : [expected], await SchemaDrift.FindAsync(context, source));
    }

    [Fact]
    public void The_script_for_a_schema_holds_its_tables_only()
    {
        var script = ModelScript.For("platform");
        Assert.Contains("CREATE TABLE platform.outbox_message", script, StringComparison.Ordinal);
        Assert.Throws<MigrationException>(() => ModelScript.For("nowhere"));
    }

    [Fact]
    public async Task The_application_role_reads_and_writes_rows_and_changes_no_table()
    {
        Assert.Equal(0L, await ScalarAsync("select count(*) from platform.outbox_message"));
        foreach (
            var forbidden in new[]
            {
                "create table platform.mine (n int)",
                "alter table platform.outbox_message add column x int",
                "truncate platform.outbox_message",
                "delete from platform.schema_version",
                "create schema mine",
            }
        )
        {
            var error = await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(forbidden));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, error.SqlState);
        }
    }

    private async Task<object?> ScalarAsync(string sql)
    {
        await using var command = db.DataSource.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    private sealed class SampleContext(string connectionString) : DbContext
    {
        protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder) => optionsBuilder.UseNpgsql(connectionString);

        protected override void OnModelCreating(ModelBuilder modelBuilder) =>
            modelBuilder.Entity<Sample>(sample =>
            {
                sample.ToTable("sample");
                sample.Property(row => row.Id).HasColumnName("id");
                sample.Property(row => row.Amount).HasColumnName("amount");
                sample.Property(row => row.Note).HasColumnName("note");
            });
    }

    private sealed class Sample
    {
        public required string Id { get; init; }
        public long Amount { get; init; }
        public string? Note { get; init; }
    }
}
