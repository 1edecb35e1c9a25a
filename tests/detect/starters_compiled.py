"""Starters in Java, Go and C#; tests/detect/starters.py has all."""

from __future__ import annotations

PETCLINIC = {
    "pom.xml": """\
<?xml version="1.0" encoding="UTF-8"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <parent>
    <groupId>org.springframework.boot</groupId>
    <artifactId>spring-boot-starter-parent</artifactId>
    <version>3.3.4</version>
  </parent>
  <groupId>org.springframework.samples</groupId>
  <artifactId>spring-petclinic</artifactId>
  <version>3.3.0-SNAPSHOT</version>
  <properties>
    <java.version>17</java.version>
    <nohttp-checkstyle.version>0.0.11</nohttp-checkstyle.version>
  </properties>
  <dependencies>
    <dependency>
      <groupId>org.springframework.boot</groupId>
      <artifactId>spring-boot-starter-actuator</artifactId>
    </dependency>
    <dependency>
      <groupId>org.springframework.boot</groupId>
      <artifactId>spring-boot-starter-web</artifactId>
    </dependency>
  </dependencies>
</project>
""",
    "mvnw": "#!/bin/sh\n",
    ".mvn/wrapper/maven-wrapper.properties": "distributionUrl=x\n",
    "src/main/java/org/springframework/samples/petclinic/PetClinicApplication.java": """\
@SpringBootApplication
public class PetClinicApplication {
}
""",
    "src/main/resources/application.properties": """\
# database init, supports mysql too
database=h2
spring.sql.init.schema-locations=classpath*:db/${database}/schema.sql

# Actuator
management.endpoints.web.exposure.include=*
""",
    "src/test/java/org/springframework/samples/petclinic/PetTests.java": "class PetTests {}\n",
    "docker-compose.yml": """\
services:
  mysql:
    image: mysql:9.0
    ports:
      - "3306:3306"
    environment:
      - MYSQL_ROOT_PASSWORD=
      - MYSQL_ALLOW_EMPTY_PASSWORD=true
  postgres:
    image: postgres:17.0
    ports:
      - "5432:5432"
    environment:
      - POSTGRES_PASSWORD=petclinic
""",
}

QUARKUS = {
    "pom.xml": """\
<?xml version="1.0"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>org.acme</groupId>
  <artifactId>getting-started</artifactId>
  <version>1.0.0-SNAPSHOT</version>
  <properties>
    <maven.compiler.release>21</maven.compiler.release>
    <quarkus.platform.group-id>io.quarkus.platform</quarkus.platform.group-id>
    <skipITs>true</skipITs>
  </properties>
  <dependencies>
    <dependency><groupId>io.quarkus</groupId><artifactId>quarkus-rest</artifactId></dependency>
    <dependency>
      <groupId>io.quarkus</groupId><artifactId>quarkus-smallrye-health</artifactId>
    </dependency>
  </dependencies>
  <build><plugins><plugin><artifactId>maven-failsafe-plugin</artifactId></plugin></plugins></build>
</project>
""",
    "mvnw": "#!/bin/sh\n",
    "src/main/java/org/acme/GreetingResource.java": '@Path("/hello")\nclass GreetingResource {}\n',
    "src/main/resources/application.properties": "",
    "src/main/docker/Dockerfile.jvm": "FROM registry.example.com/ubi8/openjdk-21:1.20\n",
    "src/main/docker/Dockerfile.native": "FROM registry.example.com/ubi8/ubi-minimal:8.9\n",
    "src/test/java/org/acme/GreetingResourceTest.java": "class GreetingResourceTest {}\n",
    "src/test/java/org/acme/GreetingResourceIT.java": "class GreetingResourceIT {}\n",
}

GIN = {
    "go.mod": "module example.com/shop/gin-api\n\ngo 1.22.1\n\ntoolchain go1.22.4\n",
    "go.sum": "",
    ".air.toml": '[build]\ncmd = "go build -o ./tmp/main ."\n',
    "main.go": """\
package main

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

func setupRouter() *gin.Engine {
	r := gin.Default()
	r.GET("/ping", func(c *gin.Context) {
		c.String(http.StatusOK, "pong")
	})
	return r
}

func main() {
	r := setupRouter()
	r.Run(":8080")
}
""",
    "main_test.go": "package main\n",
}

ASPNET = {
    "Shop.sln": 'Project("{9A19}") = "Shop.Api", "src\\Shop.Api\\Shop.Api.csproj"\n',
    "src/Shop.Api/Shop.Api.csproj": """\
<Project Sdk="Microsoft.NET.Sdk.Web">
  <PropertyGroup>
    <TargetFramework>net8.0</TargetFramework>
  </PropertyGroup>
  <ItemGroup>
    <ProjectReference Include="..\\Shop.Domain\\Shop.Domain.csproj" />
  </ItemGroup>
</Project>
""",
    "src/Shop.Domain/Shop.Domain.csproj": """\
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net8.0</TargetFramework></PropertyGroup>
</Project>
""",
    "src/Shop.Api/Program.cs": """\
var builder = WebApplication.CreateBuilder(args);
builder.Services.AddHealthChecks();
var app = builder.Build();
app.MapHealthChecks("/healthz");
app.MapGet("/", () => "Hello");
app.Run();
""",
    "src/Shop.Api/appsettings.json": '{"Logging": {}}\n',
    "src/Shop.Api/Properties/launchSettings.json": """\
{"profiles": {"http": {"applicationUrl": "http://localhost:5137"}}}
""",
    "tests/Shop.Tests/Shop.Tests.csproj": """\
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net8.0</TargetFramework></PropertyGroup>
  <ItemGroup><PackageReference Include="Microsoft.NET.Test.Sdk" Version="17.6.0" /></ItemGroup>
</Project>
""",
}
